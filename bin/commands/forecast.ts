import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Forecaster } from '../../core/ports/index.ts';
import { UsageError } from '../report-failure.ts';
import { wholeNumber } from './whole-number.ts';

interface ForecastOptions {
  seasonDay: number;
  seasonWeek?: number;
  maseSeason: number;
  origins: number[];
  horizon: number;
  mstl?: true;
  json?: true;
}

export function forecast(program: Command): void {
  program
    .command('forecast')
    .description('forecast a series from several origins and compare with what came: MASE, sMAPE, coverage of the 80 % interval, time')
    .argument('<file>', 'one value a line')
    .requiredOption('--season-day <steps>', 'steps in a day', steps)
    .option('--season-week <steps>', 'steps in a week', steps)
    .requiredOption('--mase-season <steps>', 'season of the naive forecast that the error is scaled by', steps)
    .requiredOption('--origins <list>', 'indices of first forecast values, separated by commas', (text) => text.split(',').map(steps))
    .requiredOption('--horizon <steps>', 'values to forecast from each origin', steps)
    .option('--mstl', 'let MSTL-ETS (augurs, WASM) take part in the back-test')
    .option('--json', 'the figures as JSON')
    .action(async (file: string, options: ForecastOptions) => {
      const { judgeForecasts, parseSeries } = await import('../../bench/forecast.ts');
      const series = parseSeries(readText(file));
      if (series.kind === 'invalid') throw new UsageError(`${file}: ${series.reason}`);
      const { values } = series;
      const { origins, horizon, maseSeason } = options;
      const outside = origins.find((origin) => origin <= maseSeason || origin + horizon > values.length);
      if (outside !== undefined) {
        throw new UsageError(
          `origin ${outside} does not fit: it must be past ${maseSeason} and leave ${horizon} of the ${values.length} values`,
        );
      }
      const figures = await judgeForecasts(await forecasterFor(options), { values, origins, horizon, maseSeason });
      const lines = Object.entries(figures).map(([name, value]) => `${name}: ${value}\n`);
      process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : lines.join(''));
    });
}

const steps = wholeNumber(1);

async function forecasterFor({ seasonDay: day, seasonWeek, mstl }: ForecastOptions): Promise<Forecaster> {
  const { automaticForecaster } = await import('../../core/plan/forecast/automatic.ts');
  const automatic = automaticForecaster({ day, week: seasonWeek ?? null });
  if (!mstl) return automatic;
  const { chooseByBackTest } = await import('../../core/plan/forecast/choose.ts');
  const { mstlForecaster } = await import('../../adapters/augurs/mstl-forecaster.ts');
  // The package exports its scripts only; its module lies beside them.
  const wasm = readFileSync(new URL('mstl_bg.wasm', import.meta.resolve('@bsull/augurs/mstl')));
  return chooseByBackTest([automatic, mstlForecaster(wasm, seasonWeek ? [day, seasonWeek] : [day])], day);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${JSON.stringify(file)}: ${cause instanceof Error ? cause.message : cause}`);
  }
}
