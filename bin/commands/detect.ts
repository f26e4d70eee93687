import type { Command } from 'commander';
import { UsageError } from '../report-failure.ts';

export function detect(program: Command): void {
  program
    .command('detect')
    .description('judge the detectors: score a corpus of labelled series, or alarm on generated probe traffic')
    .option('--nab <dir>', 'a corpus folder (DIR/data/<group>/<file>.csv); needs --out')
    .option('--out <dir>', 'where score files and thresholds.json go')
    .option('--probes <file...>', 'a generator module, the first endpoint and how many: FILE.mjs FIRST COUNT')
    .argument('[rest...]', 'FIRST and COUNT may also stand at the end')
    .action(async (rest: string[], options: { nab?: string; out?: string; probes?: string[] }) => {
      const { judgeProbes, writeNabScores } = await import('../../bench/detect.ts');
      if (options.nab !== undefined) {
        if (options.out === undefined) throw new UsageError('--nab needs --out DIR');
        const files = writeNabScores(options.nab, options.out);
        process.stderr.write(`${files} files scored into ${options.out}\n`);
      } else if (options.probes !== undefined) {
        const [file = '', first, count] = [...options.probes, ...rest];
        const summary = await judgeProbes(file, wholeNumber('FIRST', first, 0), wholeNumber('COUNT', count, 1));
        process.stdout.write(`${JSON.stringify(summary)}\n`);
      } else throw new UsageError('say what to judge: --nab DIR --out OUT, or --probes FILE.mjs FIRST COUNT');
    });
}

function wholeNumber(name: string, text: string | undefined, least: number): number {
  const value = Number(text);
  if (text === undefined || !Number.isInteger(value) || value < least) {
    throw new UsageError(`${name} is ${JSON.stringify(text)}: expected a whole number of at least ${least}`);
  }
  return value;
}
