import { regionNames } from '../derive.ts';
import type { Config } from '../schema.ts';
import { acting, mode, telling } from './acting.ts';
import { failing, healthChecks } from './failing.ts';
import { watching } from './watching.ts';
import { counted, listed } from './wording.ts';

export interface Section {
  title: string;
  /** Sentences; one that begins with a dash is an item of a list. */
  lines: string[];
}

/** What a configuration means, for the person who is about to deploy it. */
export function explain(config: Config): Section[] {
  return [
    {
      title: config.name,
      lines: [`${config.name} runs in ${counted(config.regions.length, 'region')}: ${listed(regionNames(config))}. ${mode(config)}`],
    },
    { title: 'What is watched', lines: watching(config) },
    { title: 'When a region fails', lines: failing(config) },
    { title: 'What it may do', lines: acting(config) },
    { title: 'Who hears of it', lines: telling(config) },
    { title: 'What it takes', lines: [healthChecks(config)] },
  ];
}
