import type { Command } from 'commander';
import { bench } from './bench.ts';
import { conformance } from './conformance.ts';
import { cost } from './cost.ts';
import { deploy, remove } from './deploy.ts';
import { detect } from './detect.ts';
import { forecast } from './forecast.ts';
import { live } from './live.ts';
import { op } from './op.ts';
import { schema } from './schema.ts';
import { simulate } from './simulate.ts';
import { soak } from './soak.ts';
import { trials } from './trials.ts';
import { validate } from './validate.ts';

/** Each command registers itself and loads its code only when it is called, so that `--help` stays quick. */
export const commands: ((program: Command) => void)[] = [
  bench,
  conformance,
  cost,
  deploy,
  remove,
  detect,
  forecast,
  live,
  op,
  schema,
  simulate,
  soak,
  trials,
  validate,
];
