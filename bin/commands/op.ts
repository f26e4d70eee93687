import { type Command, Option } from 'commander';
import type { OperatorAnswer } from '../../core/plan/operator.ts';
import { UsageError } from '../report-failure.ts';

interface Options {
  config?: string;
  region?: string;
  live?: string;
  reason?: string;
  by?: string;
  json?: boolean;
  all?: boolean;
  off?: boolean;
}

/** What is said of an order besides its name: by argument, and by option. */
interface OrderKind {
  name: string;
  args: readonly string[];
  description: string;
  /** It changes something, so that it takes --reason. */
  changes: boolean;
}

const orders: readonly OrderKind[] = [
  { name: 'status', args: [], description: 'switches, observers, drained regions, open incidents, actions under way', changes: false },
  { name: 'incidents', args: [], description: 'open incidents, the youngest first; --all for those that are over, too', changes: false },
  { name: 'approve', args: ['token'], description: 'agree to what was asked with this token', changes: true },
  { name: 'deny', args: ['token'], description: 'say no to what was asked with this token', changes: true },
  { name: 'drain', args: ['group', 'region'], description: 'break the glass: move the traffic of a group out of a region', changes: true },
  { name: 'failback', args: ['group', 'region'], description: 'bring the traffic of a group back to a region, in stages', changes: true },
  {
    name: 'rollout',
    args: ['service', 'release'],
    description: 'give a release of a Lambda alias to 5, 25, 50 and 100 % of its callers, with the canary judge between the stages',
    changes: true,
  },
  {
    name: 'readmit',
    args: ['service', 'unit'],
    description: 'put a unit, or the units of a zone, that were ejected back on trial; ejected again when they do not stay well',
    changes: true,
  },
  { name: 'pause', args: [], description: 'start no new action, in every region, until resume', changes: true },
  { name: 'resume', args: [], description: 'end a pause', changes: true },
  {
    name: 'freeze',
    args: ['target'],
    description: 'do nothing to one target, such as checkout/eu-west-1 or group:checkout/eu-west-1',
    changes: true,
  },
  { name: 'thaw', args: ['target'], description: 'end a freeze, also one that a failed undo has set', changes: true },
  { name: 'kill', args: [], description: 'the kill switch, told to all regions; --off to end it', changes: true },
];

export function op(program: Command): void {
  const group = program
    .command('op')
    .description("orders for when no page is up, in the operator's role of a region, or to a live world; each writes who, why and when");
  for (const kind of orders) {
    const command = group.command([kind.name, ...kind.args.map((arg) => `<${arg}>`)].join(' ')).description(kind.description);
    command
      .option('--config <file>', 'the configuration (default ./evenkeel.config.ts)')
      .option('--region <name>', 'the region that carries it out (default: the first of the configuration)')
      .option('--live <url>', 'a live world on this machine instead of AWS, such as http://127.0.0.1:7310')
      .option('--json', 'the answer as JSON');
    if (kind.changes)
      command.option('--reason <text>', 'why; it is written down').addOption(new Option('--by <name>', 'who (live only)').hideHelp());
    if (kind.name === 'incidents') command.option('--all', 'those that are over, too');
    if (kind.name === 'kill') command.option('--off', 'end it');
    command.action(async (...given: unknown[]) => {
      const options = given[kind.args.length] as Options;
      const args = Object.fromEntries(kind.args.map((arg, index) => [arg, given[index]]));
      await run(kind, args, options);
    });
  }
}

async function run(kind: OrderKind, args: Record<string, unknown>, options: Options): Promise<void> {
  if (kind.changes && !options.reason) throw new UsageError(`op ${kind.name} asks for --reason: it is written down with who and when`);
  const order = {
    ...{ command: kind.name, ...args },
    ...(kind.changes ? { reason: options.reason, by: options.by } : {}),
    ...(kind.name === 'incidents' && options.all ? { all: true } : {}),
    ...(kind.name === 'kill' ? { on: options.off !== true } : {}),
  };
  const answer =
    options.live === undefined ? await orderAws(kind, order, options) : await orderLiveWorld(options.live, kind, order, options);
  if ('error' in answer) throw new UsageError(answer.error);
  if (answer.warning !== undefined) process.stderr.write(`WARNING ${answer.warning}\n`);
  process.stdout.write(options.json ? `${JSON.stringify(answer.data, null, 2)}\n` : `${answer.lines.join('\n')}\n`);
}

type Answer = OperatorAnswer | { error: string };

async function orderLiveWorld(url: string, kind: OrderKind, order: object, options: Options): Promise<Answer> {
  const { callerHere, orderLive } = await import('../operator/live-order.ts');
  return orderLive(url, options.region, kind.changes ? { ...order, by: options.by ?? callerHere() } : order);
}

async function orderAws(kind: OrderKind, order: object, options: Options): Promise<Answer> {
  const { loadConfig } = await import('../load-config.ts');
  const config = await loadConfig(options.config);
  const region = options.region ?? config.regions[0]?.name ?? '';
  if (!config.regions.some(({ name }) => name === region))
    throw new UsageError(
      `--region ${JSON.stringify(region)} is no region of the configuration; there are ${config.regions.map(({ name }) => name).join(', ')}`,
    );
  const [{ operatorContext }, { operate }] = await Promise.all([
    import('../operator/aws-context.ts'),
    import('../../core/plan/operator.ts'),
  ]);
  const { ctx, caller, flush } = await operatorContext(config, region);
  // Whoever AWS says that the caller is gave the order: the word of the command line counts for nothing here.
  const done = await operate(ctx, kind.changes ? { ...order, by: caller } : order);
  await flush();
  return done.ok ? done.value : { error: done.reason };
}
