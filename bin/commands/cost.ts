import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../../core/config/schema.ts';
import type { Bill } from '../cost/bill.ts';
import type { StandingResources } from '../cost/template-counts.ts';

interface Options {
  config: string;
  endpoints?: number[];
  assembly?: string;
  json?: boolean;
}

/** Calm minutes before counting starts (intervals and hysteresis stand still by then) and while it counts. */
const metering = { warmMinutes: 40, minutes: 15 };

export function cost(program: Command): void {
  program
    .command('cost')
    .description('USD a month, line by line: quantities from the templates, the configuration and a metered calm run of the stages')
    .option('--config <file>', 'the configuration: .ts, .js, .yaml, .yml or .json', './evenkeel.config.ts')
    .option('--endpoints <n,…>', 'not the services of the file, but so many URLs, each once a minute; several sizes make a table', sizes)
    .option('--assembly <folder>', 'templates that `npx cdk synth` wrote; default is to synthesise now')
    .option('--json', 'as JSON')
    .action(async (options: Options) => {
      const { loadConfig } = await import('../load-config.ts');
      const config = await loadConfig(options.config);
      const { figures, text } = await metered(config, options);
      process.stdout.write(options.json ? `${JSON.stringify(figures, null, 2)}\n` : text);
    });
}

/** One bill, or a table of several sizes. */
async function metered(config: Config, options: Options): Promise<{ figures: Bill | Bill[]; text: string }> {
  const { tableOf, textOf } = await import('../cost/print.ts');
  const { sizedConfig } = await import('../cost/sized-config.ts');
  const standing = await resourcesOf(config, options);
  const [first, ...others] = options.endpoints ?? [];
  const figures = await billFor(first === undefined ? config : sizedConfig(config, first), standing);
  if (others.length === 0) return { figures, text: textOf(figures) };
  const bills = [figures];
  for (const size of others) bills.push(await billFor(sizedConfig(config, size), standing));
  return { figures: bills, text: tableOf(bills) };
}

async function resourcesOf(config: Config, { config: file, assembly }: Options): Promise<StandingResources> {
  const { countTemplates, estimateResources } = await import('../cost/template-counts.ts');
  const { readAssembly, synthesise } = await import('../cost/synthesised.ts');
  if (assembly !== undefined) return countTemplates(await readAssembly(assembly));
  try {
    return countTemplates(await synthesise(file));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const why = text.split('\n').find((line) => line.includes('Error')) ?? text;
    process.stderr.write(`could not synthesise (${why.slice(0, 200)}): alarms, dashboards, keys and queues are estimates\n`);
    return estimateResources(config);
  }
}

async function billFor(config: Config, standing: StandingResources): Promise<Bill> {
  const { meterCalm } = await import('../cost/meter.ts');
  const { countQuantities } = await import('../cost/quantities.ts');
  const { billOf } = await import('../cost/bill.ts');
  return billOf(config, countQuantities(config, standing, await meterCalm(config, metering)));
}

function sizes(text: string): number[] {
  const values = text.split(',').map(Number);
  const wrong = values.find((value) => !Number.isInteger(value) || value < 1 || value > 10_000);
  if (wrong !== undefined)
    throw new InvalidArgumentError(`${JSON.stringify(text)}: sizes are whole numbers from 1 to 10000, such as 10,100,1000.`);
  return values;
}
