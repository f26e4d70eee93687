import type { ConfigInput } from './schema.ts';

/** Gives an `evenkeel.config.ts` its types in the editor; the file is checked when it is loaded. */
export function defineConfig(input: ConfigInput): ConfigInput {
  return input;
}
