import type { Command } from 'commander';
import { conformance } from './conformance.ts';

/** Each command registers itself and loads its code only when it is called, so that `--help` stays quick. */
export const commands: ((program: Command) => void)[] = [conformance];
