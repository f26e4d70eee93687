import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../core/config/schema.ts';

/**
 * The configuration that was checked at synth and lies beside the bundle: it outgrows the 4 KB of an environment, and a new
 * configuration has to be a new version of the function. What `evenkeel` wrote itself is not checked again at every cold start.
 */
export function readConfig(file: string | URL = new URL('./config.json', import.meta.url)): Config {
  const config: Config = JSON.parse(readFileSync(typeof file === 'string' ? file : fileURLToPath(file), 'utf8'));
  if (!Array.isArray(config.regions)) throw new Error(`${file} is no configuration of evenkeel: synthesise and deploy again`);
  return config;
}
