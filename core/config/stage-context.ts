import type { Ports } from '../ports/index.ts';
import type { Config } from './schema.ts';

/** What every stage function gets: the configuration, the region it runs in, and the ports of that region. */
export interface StageContext {
  config: Config;
  region: string;
  ports: Ports;
  memory: ProcessMemory;
}

/** What a process keeps between its calls; every context that is made from its first one shares it. */
export interface ProcessMemory {
  /** The regions that it last read as drained, for when its table does not answer. */
  drained: readonly string[];
}

export const freshMemory = (): ProcessMemory => ({ drained: [] });
