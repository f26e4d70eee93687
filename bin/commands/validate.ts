import type { Command } from 'commander';

const columns = 110;

export function validate(program: Command): void {
  program
    .command('validate')
    .description('read the configuration and print what it means, or every error with path, value received and remedy; exit 1 on error')
    .option('--config <file>', 'the configuration: .ts, .js, .yaml, .yml or .json', './evenkeel.config.ts')
    .action(async ({ config }: { config: string }) => {
      const { ok, text } = await reportOn(config);
      process.stdout.write(text);
      process.exitCode = ok ? 0 : 1;
    });
}

/** What a file means in sentences, or everything that is wrong with it. Throws UsageError when it cannot be read. */
export async function reportOn(file: string): Promise<{ ok: boolean; text: string }> {
  const { formatProblems, readConfigFile } = await import('../load-config.ts');
  const { parseConfig } = await import('../../core/config/parse-config.ts');
  const parsed = parseConfig(await readConfigFile(file));
  if (!parsed.ok) return { ok: false, text: formatProblems(file, parsed.problems) };
  const { explain } = await import('../../core/config/explain/explain.ts');
  const sections = explain(parsed.config).map(({ title, lines }) => `${title}\n${lines.map(wrapped).join('')}`);
  return { ok: true, text: sections.join('\n') };
}

/** The line in the given columns, indented; the text of a list item stands under its first word. */
function wrapped(line: string): string {
  const indent = line.startsWith('- ') ? '     ' : ' ';
  const rows: string[] = [];
  let row = line.startsWith('- ') ? '   ' : ' ';
  for (const word of line.split(' ')) {
    if (row.length + word.length + 1 > columns) {
      rows.push(row);
      row = indent;
    }
    row = `${row} ${word}`;
  }
  return `${[...rows, row].join('\n')}\n`;
}
