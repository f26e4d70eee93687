import type { StageContext } from '../config/stage-context.ts';
import { nextEpochOf } from '../knowledge/epochs.ts';
import { livePeers } from '../knowledge/peer-copies.ts';
import { readStored, storeCallMs } from '../knowledge/stored.ts';
import { type Fence, failed, Lease, ok, type Result, type Run, storeKey, targetKey } from '../model/index.ts';
import type { Store } from '../ports/index.ts';
import { within } from '../ports/within.ts';

export const leaseSeconds = 120;

/** Clocks of two regions may differ by this much. */
export const clockSkewMs = 5_000;

/** The longest single write that a step makes. */
export const writeMs = 20_000;

/**
 * Takes or renews the lease of the run's target, in the own table and in at least one live peer's (where there is any): nothing is
 * written to the world by somebody whom nobody else knows to hold it. `superseded` when a higher epoch holds it anywhere.
 */
export async function holdLease(
  ctx: StageContext,
  run: Pick<Run, 'target' | 'epoch' | 'planId' | 'holder' | 'avoid'>,
  ttlSeconds: number = leaseSeconds,
): Promise<Result<Fence>> {
  const key = storeKey.lease(targetKey(run.target));
  const holder = `${run.planId}@${run.holder}`;
  const claim = (store: Store) => store.claim(key, run.epoch, ttlSeconds, holder, within(ctx.ports.clock, storeCallMs));
  const peers = livePeers(ctx, run.avoid);
  const [own, ...others] = await Promise.all([claim(ctx.ports.store), ...peers.map(([, store]) => claim(store))]);
  if (own === undefined || !own.ok) return own ?? failed('failed', 'no claim was made');
  const superseded = others.find((other) => !other.ok && other.code === 'superseded');
  if (superseded !== undefined && !superseded.ok) return superseded;
  if (peers.length > 0 && !others.some((other) => other.ok))
    return failed(
      'unavailable',
      `no peer's table took the lease of ${targetKey(run.target)} (${peers.map(([region]) => region).join(', ')} asked)`,
    );
  return ok({ epoch: run.epoch, leaseUntil: own.value.until });
}

/**
 * The claim of something that several targets share, such as a database with one writer: its epochs are counted for itself, since those of
 * two targets may be the same number. Renewed while the same run holds it.
 */
export async function holdShared(ctx: StageContext, run: Pick<Run, 'planId' | 'holder' | 'avoid'>, name: string): Promise<Result<Fence>> {
  const { store, clock } = ctx.ports;
  const key = storeKey.lease(name);
  const holder = `${run.planId}@${run.holder}`;
  const peers = livePeers(ctx, run.avoid);
  const held = await Promise.all([store, ...peers.map(([, peer]) => peer)].map((table) => readStored(table, clock, key, Lease)));
  const [own] = held;
  if (own === undefined || !own.ok) return own ?? failed('failed', 'no table was asked');
  const highest = held
    .flatMap((each) => (each.ok && each.value.value !== null ? [each.value.value] : []))
    .sort((a, b) => b.epoch - a.epoch)[0];
  if (highest !== undefined && highest.holder !== holder && highest.until > clock.now())
    return failed('superseded', `${name} is held by ${highest.holder} until ${highest.until}`);
  const epoch = highest?.holder === holder ? highest.epoch : nextEpochOf(ctx.config, ctx.region, highest?.epoch ?? 0);
  const claim = (table: Store) => table.claim(key, epoch, leaseSeconds, holder, within(clock, storeCallMs));
  const [mine, ...others] = await Promise.all([claim(store), ...peers.map(([, peer]) => claim(peer))]);
  if (mine === undefined || !mine.ok) return mine ?? failed('failed', 'no claim was made');
  const superseded = others.find((other) => !other.ok && other.code === 'superseded');
  if (superseded !== undefined && !superseded.ok) return superseded;
  return ok({ epoch, leaseUntil: mine.value.until });
}

/** A write may start only when what is left of the lease exceeds the longest write plus the clock skew. */
export function leaseCovers(fence: Fence, now: number): boolean {
  return fence.leaseUntil - now > writeMs + clockSkewMs;
}
