#!/usr/bin/env node
import { Command } from 'commander';
import { commands } from './commands/index.ts';
import { ownVersion } from './version.ts';

const program = new Command('evenkeel')
  .description(
    'Keeps services on an even keel across AWS regions: probes, judges, acts in verified steps, undoes what does not prove itself.',
  )
  .version(ownVersion(), '--version', 'print the version of evenkeel')
  .showHelpAfterError('(evenkeel --help lists the commands)')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

for (const command of commands) command(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  const { reportFailure } = await import('./report-failure.ts');
  process.exitCode = reportFailure(error);
}
