import type { Command } from 'commander';
import type { Config } from '../../core/config/schema.ts';
import type { Goal } from '../deploy/plan.ts';

interface Options {
  config: string;
  plan?: boolean;
  fromNothing?: boolean;
  confirm?: string;
  recordsReleased?: boolean;
  context?: string[];
}

const configOption = ['--config <file>', 'the configuration: .ts, .js, .yaml, .yml or .json', './evenkeel.config.ts'] as const;
const contextOption = ['--context <key=value...>', 'context values for the CDK application, such as evenkeel:voteSecret=…'] as const;

export function deploy(program: Command): void {
  program
    .command('deploy')
    .description(
      'bootstrap all → regions one after the other → heartbeats → checks → healthy for three minutes → attach; goes on where it stopped',
    )
    .option(...configOption)
    .option(...contextOption)
    .option('--plan', 'print the steps from the present state, change nothing')
    .option('--from-nothing', 'with --plan: as if nothing were deployed; asks AWS nothing')
    .action((options: Options) => run(options, 'deployed'));
}

export function remove(program: Command): void {
  program
    .command('remove')
    .description('records detached → checks deleted → regions destroyed, the tables kept; goes on where it stopped')
    .option(...configOption)
    .option(...contextOption)
    .option('--plan', 'print the steps from the present state, change nothing')
    .option('--records-released', 'records that others own do not hang on our checks any more')
    .option('--confirm <name>', 'the name of the application, to say that you mean it')
    .action((options: Options) => run(options, 'removed'));
}

async function run(options: Options, goal: Goal): Promise<void> {
  const { loadConfig } = await import('../load-config.ts');
  const { UsageError } = await import('../report-failure.ts');
  const config = await loadConfig(options.config);
  if (goal === 'removed' && !options.plan && options.confirm !== config.name)
    throw new UsageError(
      `this removes ${config.name} from ${config.regions.length} regions; say --confirm ${config.name}, or --plan to see the steps`,
    );
  if (options.fromNothing && !options.plan) throw new UsageError('--from-nothing goes with --plan: alone it would deploy');
  if (options.fromNothing) return printPlan(config);
  const { prepare } = await import('../deploy/prepare.ts');
  const prepared = await prepare(config, goal, options.context ?? [], options.recordsReleased ?? false, tell);
  try {
    if (options.plan) return await printSteps(await prepared.ports.read(), goal);
    await go(prepared, goal);
  } finally {
    await prepared.dispose();
  }
}

async function printPlan(config: Config): Promise<void> {
  const { nothingYet } = await import('../deploy/deployment.ts');
  await printSteps(nothingYet(config), 'deployed');
}

async function printSteps(state: Parameters<typeof import('../deploy/drive.ts').foreseenSteps>[0], goal: Goal): Promise<void> {
  const { foreseenSteps, sentence } = await import('../deploy/drive.ts');
  const steps = foreseenSteps(state, goal);
  process.stdout.write(steps.map((step, index) => `${String(index + 1).padStart(3)}  ${sentence(step)}\n`).join(''));
  process.exitCode = steps.at(-1)?.kind === 'done' ? 0 : 1;
}

/** The first Ctrl-C ends after the step in hand, the second one at once. CloudFormation goes on by itself; the next run finds it. */
async function go({ ports, kill }: Awaited<ReturnType<typeof import('../deploy/prepare.ts').prepare>>, goal: Goal): Promise<void> {
  const { drive } = await import('../deploy/drive.ts');
  const stop = new AbortController();
  const onInterrupt = () => {
    if (stop.signal.aborted) {
      kill();
      process.exit(130);
    }
    stop.abort();
    tell('stopping after this step; once more stops at once, and what CloudFormation does goes on');
  };
  process.on('SIGINT', onInterrupt);
  try {
    const ending = await drive(ports, goal, stop.signal);
    if (ending.kind === 'done') for (const note of ['done', ...ending.notes]) tell(note);
    else tell(`${ending.kind}: ${ending.reason}`);
    process.exitCode = ending.kind === 'done' ? 0 : ending.kind === 'stopped' ? 130 : 1;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
