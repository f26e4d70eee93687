import type { Ports } from '../ports/index.ts';
import type { Config } from './schema.ts';

/** What every stage function gets: the configuration, the region it runs in, and the ports of that region. */
export interface StageContext {
  config: Config;
  region: string;
  ports: Ports;
}
