import { readFileSync } from 'node:fs';

/** Reads a case file. @throws Error naming the file when it is missing or no JSON. */
export function readCases(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read the case file ${JSON.stringify(file)}: ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
