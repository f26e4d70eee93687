import { userInfo } from 'node:os';
import * as z from 'zod';
import { UsageError } from '../report-failure.ts';

const Reply = z.union([
  z.object({ lines: z.array(z.string()), data: z.record(z.string(), z.json()), warning: z.string().exactOptional() }),
  z.object({ error: z.string() }),
]);
const patienceMs = 20_000;

export const callerHere = (): string => `${userInfo().username} on this machine`;

/**
 * Posts an order to a live world: `POST <url>/op` with `{ region, order }`. The header tells it from a form of some page in a browser,
 * which cannot set it without asking first.
 */
export async function orderLive(url: string, region: string | undefined, order: unknown): Promise<z.infer<typeof Reply>> {
  const target = endpoint(url);
  let response: Response;
  try {
    response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-evenkeel-op': '1' },
      body: JSON.stringify({ ...(region === undefined ? {} : { region }), order }),
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    throw new UsageError(
      `no live world answers at ${target}: ${error instanceof Error ? error.message : String(error)}; start one with npm start`,
    );
  }
  const parsed = Reply.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw new UsageError(`${target} answered ${response.status} with something that is no answer to an order`);
  return parsed.data;
}

/** Orders go to this machine only: an address elsewhere would be somebody else's world. */
function endpoint(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || parsed.protocol !== 'http:')
    throw new UsageError(`--live ${JSON.stringify(url)} is no http:// address, such as http://127.0.0.1:7310`);
  if (!/^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(parsed.hostname))
    throw new UsageError(`--live ${JSON.stringify(url)} is not on this machine; a live world listens on a loopback address`);
  return new URL('/op', parsed).href;
}
