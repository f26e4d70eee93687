import type { Command } from 'commander';
import { showFigures } from '../figures.ts';
import { UsageError } from '../report-failure.ts';

export function bench(program: Command): void {
  program
    .command('bench')
    .description('run one benchmark and print its figures; progress goes to stderr')
    .argument('<name>', 'probe | analyze | bundle | synth | simulate | scale | cause | experiments')
    .option('--json', 'the figures as JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const { benchmarks } = await import('../../bench/index.ts');
      const load = benchmarks[name];
      if (!load) throw new UsageError(`unknown benchmark ${JSON.stringify(name)}; choose one of: ${Object.keys(benchmarks).join(', ')}`);
      const { run } = await load();
      const figures = await run(options);
      process.stdout.write(options.json ? `${JSON.stringify(figures, null, 2)}\n` : showFigures(figures));
    });
}
