import * as z from 'zod';
import { dependenciesOf } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { putStored, queryStored, readStored, updateStored } from '../knowledge/stored.ts';
import { type Outcome, storeKey, type Target, targetKey } from '../model/index.ts';
import { ask, type BreakerState, settle } from './breaker/breaker.ts';
import type { BreakerConfig } from './breaker/breaker-config.ts';
import { type Breakers, type Dependencies, holdDependents } from './breaker/cascade.ts';

/** The breaker that stands for every action on a target: held while what the target depends on is sick. */
const everyAction = 'all';
const breakersMax = 500;
const settledMax = 20;
/** A run may take three hours; a trial that has not ended by then has lost its holder. */
const probeLeaseMs = 3 * 3_600_000;

const Circuit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('open'), openedAt: z.number(), attempt: z.number() }),
  z.object({
    kind: z.literal('half-open'),
    attempt: z.number(),
    leases: z.array(z.object({ id: z.string(), until: z.number() })),
    successes: z.number(),
    failures: z.number(),
  }),
  z.object({ kind: z.literal('held'), by: z.array(z.string()), attempt: z.number() }),
]);

/** As stored under `breaker#<target>#<action>`: the state, and the plans whose outcomes it has counted. */
const StoredBreaker = z.object({
  target: z.string(),
  action: z.string(),
  state: z.object({ circuit: Circuit, counter: z.object({ kind: z.literal('consecutive'), failures: z.number() }) }),
  settled: z.array(z.string()),
});
type StoredBreaker = z.infer<typeof StoredBreaker>;

export function breakerConfig(ctx: StageContext): BreakerConfig {
  const { failures, openSeconds, successes } = ctx.config.policies.breaker;
  return {
    trip: { kind: 'consecutive', threshold: failures },
    halfOpenAfterMs: openSeconds * 1000,
    halfOpenSampling: { calls: successes, threshold: 0 },
    probeLeaseMs,
  };
}

/** Closed; the configuration of the policy was checked when it was loaded. */
function fresh(target: string, action: string): StoredBreaker {
  return { target, action, state: { circuit: { kind: 'closed' }, counter: { kind: 'consecutive', failures: 0 } }, settled: [] };
}

function withState(stored: StoredBreaker, state: BreakerState): StoredBreaker {
  return { ...stored, state: StoredBreaker.shape.state.parse(state) };
}

/** What a breaker says to one plan; `enter` writes down that it goes in, for a trial has a place of its own. */
export interface BreakerWord {
  name: string;
  admitted: boolean;
  reason: string;
  enter(): Promise<boolean>;
}

/** Asks the breaker of the action and the one of the whole target. One that cannot be read admits nothing. */
export async function askBreakers(ctx: StageContext, target: Target, action: string, plan: string): Promise<BreakerWord[]> {
  const key = targetKey(target);
  return Promise.all([askOne(ctx, key, action, plan), askOne(ctx, key, everyAction, plan)]);
}

async function askOne(ctx: StageContext, target: string, action: string, plan: string): Promise<BreakerWord> {
  const { store, clock } = ctx.ports;
  const name = `${action} of ${target}`;
  const read = await readStored(store, clock, storeKey.breaker(target, action), StoredBreaker);
  if (!read.ok) return { name, admitted: false, reason: `unreadable: ${read.reason}`, enter: async () => false };
  if (read.value.value === null) return { name, admitted: true, reason: 'closed', enter: async () => true };
  const stored = read.value.value;
  const answer = ask(breakerConfig(ctx), stored.state, clock.now(), plan);
  const enter = async () => {
    if (answer.state === stored.state) return true;
    const written = await putStored(store, clock, storeKey.breaker(target, action), withState(stored, answer.state), read.value.version);
    if (written.ok) tell(ctx, stored, answer.state, answer.reason);
    return written.ok;
  };
  return { name, admitted: answer.admitted, reason: answer.reason, enter };
}

/** Counts how an action came out, once for each plan, in every region that hears of it. */
export async function settleBreaker(ctx: StageContext, outcome: Outcome): Promise<void> {
  const target = targetKey(outcome.target);
  await settleOne(ctx, outcome, outcome.action, (current) => current ?? fresh(target, outcome.action));
  // The target's own breaker counts no failures; it only waits for the trial that it let in.
  await settleOne(ctx, outcome, everyAction, (current) => (current?.state.circuit.kind === 'half-open' ? current : null));
}

/** @param countedBy the breaker that the outcome counts for; null: for none */
async function settleOne(
  ctx: StageContext,
  outcome: Outcome,
  action: string,
  countedBy: (current: StoredBreaker | null) => StoredBreaker | null,
): Promise<void> {
  const { store, clock } = ctx.ports;
  const how = outcome.state === 'verified' ? 'success' : outcome.state === 'refused' ? 'ignored' : 'failure';
  let before: StoredBreaker | null = null;
  const key = storeKey.breaker(targetKey(outcome.target), action);
  const settled = await updateStored(store, clock, key, StoredBreaker, (current): StoredBreaker | null => {
    before = countedBy(current);
    if (before === null || before.settled.includes(outcome.planId)) return null;
    const state = settle(breakerConfig(ctx), before.state, clock.now(), outcome.planId, how);
    return { ...withState(before, state), settled: [...before.settled, outcome.planId].slice(-settledMax) };
  });
  if (settled.ok && settled.value !== null && before !== null)
    tell(ctx, before, settled.value.state, `${outcome.action} ended ${outcome.state}: ${outcome.reason}`);
}

function tell(ctx: StageContext, { target, action, state }: StoredBreaker, next: BreakerState, reason: string): void {
  if (state.circuit.kind === next.circuit.kind) return;
  ctx.ports.trace.record({
    kind: 'BreakerChanged',
    subject: target,
    data: { target, action, from: state.circuit.kind, to: next.circuit.kind },
    reason,
  });
}

/** The breakers of every service here, by service, and which of them calls which. */
export async function cascadeHere(
  ctx: StageContext,
): Promise<{ stored: Map<string, StoredBreaker>; breakers: Breakers; calls: Dependencies } | null> {
  const read = await queryStored(ctx.ports.store, ctx.ports.clock, 'breaker#', breakersMax, StoredBreaker);
  if (!read.ok) return null;
  const stored = new Map<string, StoredBreaker>();
  for (const { name } of ctx.config.services) {
    const target = targetKey({ service: name, region: ctx.region });
    const known = read.value.find((each) => each.target === target && each.action === everyAction);
    stored.set(name, known ?? fresh(target, everyAction));
  }
  const breakers = Object.fromEntries([...stored].map(([name, each]) => [name, each.state]));
  const calls = Object.fromEntries(
    ctx.config.services.map((each) => [each.name, dependenciesOf(each).map((dependency) => dependency.service)]),
  );
  return { stored, breakers, calls };
}

/** Closes the doors of everything that depends on a sick service here: no action on a victim until its turn comes. Answers their names. */
export async function protectDependents(ctx: StageContext, sick: string): Promise<string[]> {
  const cascade = await cascadeHere(ctx);
  if (cascade === null) return [];
  const held = holdDependents(cascade.breakers, cascade.calls, sick);
  return keepCascade(ctx, cascade.stored, held, `protected while ${sick} is sick`);
}

/** Writes those that have changed, unless somebody else has changed them meanwhile. Answers the names of those written. */
export async function keepCascade(
  ctx: StageContext,
  stored: ReadonlyMap<string, StoredBreaker>,
  next: Breakers,
  reason: string,
): Promise<string[]> {
  const changed: string[] = [];
  for (const [name, state] of Object.entries(next)) {
    const before = stored.get(name);
    if (before === undefined || before.state === state) continue;
    const written = await updateStored(
      ctx.ports.store,
      ctx.ports.clock,
      storeKey.breaker(before.target, before.action),
      StoredBreaker,
      (current): StoredBreaker | null =>
        current === null || JSON.stringify(current) === JSON.stringify(before) ? withState(before, state) : null,
    );
    if (!written.ok) continue;
    tell(ctx, before, state, reason);
    changed.push(name);
  }
  return changed;
}
