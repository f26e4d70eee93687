import { readFileSync } from 'node:fs';

/** What a case file holds, or why it cannot be read. */
export function readCases(file: string): { value: unknown } | { reason: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    return { reason: `cannot read the case file ${JSON.stringify(file)}: ${messageOf(cause)}` };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (cause) {
    return { reason: `${file} is not JSON: ${messageOf(cause)}` };
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
