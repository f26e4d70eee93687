import assert from 'node:assert/strict';
import { Switch } from '../../../core/model/index.ts';
import { eventually } from './eventually.ts';
import { deployArgs } from './go-live.ts';
import type { InterpretedMachines } from './interpreted-machines.ts';
import type { Shop } from './shop.ts';

/** Measured: 20 to 50 s, most of it until the dead server is an incident. */
const bothStartedMs = 160_000;
/** Measured: 2 s each, most of it the start of Node. */
const orderMs = 30_000;
/** Measured: 16 s, most of it synth. */
const removeMs = 90_000;

/** What an operator asks while two failovers are under way: what goes on is told, and nothing is removed under it. */
export async function ordersMeanwhile(shop: Shop, { engine }: InterpretedMachines): Promise<string[]> {
  const { cli, context } = shop;
  const [home, away] = context.regions;
  await eventually(context, 'two failovers are under way', bothStartedMs, async () =>
    engine.list({ machine: 'evenkeel-small-failover' }).length === 2 ? true : undefined,
  );
  const removed = await cli.run(['remove', '--confirm', 'small', '--records-released', ...deployArgs.slice(1)], removeMs);
  assert.equal(removed.code, 1, removed.stderr);
  assert.match(removed.stderr, /refused: nothing is changed while something is open: failover failover-\w+ is \w+/);
  assert.match(await order(shop, ['status', '--region', away]), new RegExp(`small in ${away}, mode act`));
  assert.match(await order(shop, ['incidents', '--region', away]), new RegExp(`inc-checkout-${home}-1`));
  for (const [args, words] of [
    [['approve', 'no-such-token'], /no approval with this token waits/],
    [['deny', 'no-such-token'], /no approval with this token waits/],
    [['drain', 'checkout', home, '--region', away], /inc-checkout-\S+ is open for|is drained of checkout already/],
    [['failback', 'checkout', away, '--region', away], /is not drained of checkout/],
    [['freeze', 'nobody/nowhere'], /is no target; there are checkout/],
  ] as const)
    assert.match(await order(shop, [...args, '--reason', 'a test'], 'refused'), words);
  return [
    'while failovers run: remove is refused, status and incidents tell of them, five orders that make no sense are refused with the reason',
  ];
}

/** Switches are thrown from one region and read in both tables by plain clients. */
export async function switchesAreThrown(shop: Shop): Promise<string[]> {
  const target = `checkout/${shop.context.regions[1]}`;
  for (const [on, off, name] of [
    [['pause'], ['resume'], 'pause'],
    [['freeze', target], ['thaw', target], `freeze/${target}`],
    [['kill'], ['kill', '--off'], 'kill'],
  ] as const) {
    await order(shop, [...on, '--reason', 'a test']);
    await assertSwitched(shop, name, true);
    await order(shop, [...off, '--reason', 'the test is over']);
    await assertSwitched(shop, name, false);
  }
  return ['op pause, resume, freeze, thaw, kill and kill --off: read back from the tables of both regions, with who and why'];
}

async function assertSwitched({ tables, context }: Shop, name: string, on: boolean): Promise<void> {
  for (const region of context.regions) {
    const found = await tables.read(region, `switch#${name}`, Switch);
    assert.equal(found?.on, on, `${name} in the table of ${region}: ${JSON.stringify(found)}`);
    assert.match(found?.by ?? '', /^arn:aws:/, 'who gave the order, as STS knows him');
  }
}

async function order({ cli }: Shop, args: readonly string[], wanted: 'done' | 'refused' = 'done'): Promise<string> {
  const { code, stdout, stderr } = await cli.run(['op', ...args], orderMs);
  assert.equal(code === 0, wanted === 'done', `evenkeel op ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
  return stdout + stderr;
}
