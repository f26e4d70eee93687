import type { Command } from 'commander';
import { UsageError } from '../report-failure.ts';

export function conformance(program: Command): void {
  program
    .command('conformance')
    .description('run a file of reference cases; prints each failure and then "N passed, N failed"; exit 1 if any failed')
    .argument(
      '<set>',
      'kayenta | hpa | breaker | gatus-conditions | cw-missing-data | two-sample-tests | asl | asl-static | isolation-forest',
    )
    .argument('<file>', 'the case file')
    .action(async (set: string, file: string) => {
      const { conformanceSets } = await import('../../bench/conformance/index.ts');
      const load = conformanceSets[set];
      if (!load) throw new UsageError(`unknown set ${JSON.stringify(set)}; choose one of: ${Object.keys(conformanceSets).join(', ')}`);
      const { readCases } = await import('../../bench/conformance/read-cases.ts');
      const cases = readCases(file);
      if ('reason' in cases) throw new UsageError(cases.reason);
      const { run } = await load();
      const { passed, failures } = await run(cases.value, file);
      for (const failure of failures) process.stdout.write(`FAIL ${failure.id}: ${failure.reason}\n`);
      process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
      process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;
    });
}
