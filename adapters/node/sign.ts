import { createHmac } from 'node:crypto';

/** HMAC-SHA256 of the text, in hex. */
export function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
