import { type CampaignReport, counted, type Row } from './campaign.ts';

/** The counts of ends by machine, step and what was done to it, and below them every trial in which a promise was broken. */
export function tableOf({ trials, runs, rows, broken }: CampaignReport): string {
  const width = (of: (row: Row) => string, name: string) => Math.max(name.length, ...rows.map((row) => of(row).length));
  const [machine, step, what] = [
    width((row) => row.machine, 'machine'),
    width((row) => row.step, 'step'),
    width((row) => row.what, 'interference'),
  ];
  const line = (texts: [string, string, string], figures: string[]) =>
    `${texts[0].padEnd(machine)}  ${texts[1].padEnd(step)}  ${texts[2].padEnd(what)}${figures.map((each) => each.padStart(11)).join('')}`;
  return [
    line(['machine', 'step', 'interference'], [...counted]),
    ...rows.map((row) =>
      line(
        [row.machine, row.step, row.what],
        counted.map((column) => String(row[column])),
      ),
    ),
    '',
    ...broken.map(
      (trial) =>
        `BROKEN  ${trial.case}${trial.sabotaged ? ', sabotaged' : ''}, ${JSON.stringify(trial.interference)}: ${trial.problems.join('; ')}`,
    ),
    `${trials} trials in ${runs} runs, ${broken.length} with a broken promise`,
    '',
  ].join('\n');
}

/** Machine, step and answer for which no trial was counted. */
export function emptyCells(rows: readonly Row[], whats: readonly string[]): string[] {
  const steps = [...new Set(rows.map((row) => `${row.machine} ${row.step}`))];
  const filled = new Set(rows.map((row) => `${row.machine} ${row.step} ${row.what}`));
  return steps.flatMap((step) => whats.map((what) => `${step} ${what}`)).filter((cell) => !filled.has(cell));
}
