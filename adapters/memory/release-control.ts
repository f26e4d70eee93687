import { type Fence, failed, ok, type Release, type ReleaseSplit, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, Look, ReleaseControl } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue } from './deadline.ts';
import { refusedByFence, type SeenEpochs } from './fence.ts';

/** The releases of one service in one region. */
export interface ServiceReleases {
  /** Newest first; `state` is kept by `finishRollout`. */
  releases: Release[];
  rolloutMs: number;
  /** When the rollout in progress ends; null: it does not (its units never become healthy). */
  endsAt: number | null;
  /** Rollouts that start from now on never end. */
  neverEnds: boolean;
  /** How its alias divides the callers; null where there is no alias. The revision changes with every change. */
  alias: { canary: string | null; share: number; revision: number } | null;
}

export interface ReleaseState {
  /** By `<service>/<region>`. */
  services: Record<string, ServiceReleases>;
  epochs: SeenEpochs;
}

export function createReleaseState(): ReleaseState {
  return { services: {}, epochs: {} };
}

/** The newest release is current; nothing is on its way. */
export function createReleases(versions: readonly { version: string; at: number }[], rolloutMs: number, hasAlias = false): ServiceReleases {
  const newestFirst = versions.toSorted((a, b) => b.at - a.at);
  const releases = newestFirst.map(
    ({ version, at }, n): Release => ({ id: version, version, at, state: n === 0 ? 'current' : 'previous' }),
  );
  return { releases, rolloutMs, endsAt: null, neverEnds: false, alias: hasAlias ? { canary: null, share: 0, revision: 1 } : null };
}

/** Starts to roll out a release that is in the list; until it has ended the current one serves. */
export function startRollout(service: ServiceReleases, release: string, now: number): void {
  for (const each of service.releases) {
    if (each.state === 'in-progress') each.state = 'previous';
    if (each.id === release && each.state !== 'current') each.state = 'in-progress';
  }
  service.endsAt = service.neverEnds ? null : now + service.rolloutMs;
  // An alias that is moved divides nobody any more.
  if (service.alias !== null) service.alias = { canary: null, share: 0, revision: service.alias.revision + 1 };
}

/** Divides the callers of an alias anew; a share of 1 puts the canary in charge, one of 0 ends it. */
export function divide(service: ServiceReleases, { stable, canary, share }: Omit<ReleaseSplit, 'token'>): void {
  const whole = share === 1 && canary !== null;
  const divided = canary !== null && share > 0 && !whole;
  for (const each of service.releases) {
    const serves = each.id === (whole ? canary : stable);
    each.state = serves ? 'current' : divided && each.id === canary ? 'in-progress' : 'previous';
  }
  service.endsAt = null;
  if (service.alias === null) return;
  service.alias = { canary: divided ? canary : null, share: divided ? share : 0, revision: service.alias.revision + 1 };
}

/** A rollout waits for its units to become healthy: while they cannot it does not end, and then it takes its time anew. */
export function setStuck(service: ServiceReleases, stuck: boolean, now: number): void {
  if (service.neverEnds === stuck) return;
  finishRollout(service, now);
  service.neverEnds = stuck;
  if (service.releases.some((release) => release.state === 'in-progress')) service.endsAt = stuck ? null : now + service.rolloutMs;
}

/** Makes a release whose rollout has ended the current one. Idempotent; the world calls it as it likes. */
export function finishRollout(service: ServiceReleases, now: number): void {
  if (service.endsAt === null || service.endsAt > now) return;
  service.endsAt = null;
  if (!service.releases.some((release) => release.state === 'in-progress')) return;
  for (const release of service.releases) release.state = release.state === 'in-progress' ? 'current' : 'previous';
}

export class MemoryReleaseControl implements ReleaseControl {
  readonly #state: ReleaseState;
  readonly #clock: Clock;

  constructor(state: ReleaseState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  async history(target: Target, call: Call): Promise<Result<Release[]>> {
    const found = this.#find(target, call);
    if (!found.ok) return found;
    const { releases, alias } = found.value;
    return ok(copyOf(releases).map((release) => (alias?.canary === release.id ? { ...release, share: alias.share } : release)));
  }

  async apply(target: Target, release: string, fence: Fence, call: Call): Promise<Result<void>> {
    const found = this.#find(target, call);
    if (!found.ok) return found;
    const service = found.value;
    const known = service.releases.find((each) => each.id === release);
    if (!known) return failed('not-found', `there is no release ${release} of ${target.service}`);
    const refusal = refusedByFence(this.#state.epochs, targetKey(target), fence, this.#clock);
    if (refusal) return refusal;
    if (known.state !== 'in-progress') startRollout(service, release, this.#clock.now());
    return ok(undefined);
  }

  async verify(target: Target, release: string, call: Call): Promise<Result<Look>> {
    const found = this.#find(target, call);
    if (!found.ok) return found;
    const { alias } = found.value;
    const current = found.value.releases.find((each) => each.state === 'current');
    const rolling = found.value.releases.find((each) => each.state === 'in-progress');
    const reason = `${current?.id} serves, ${rolling ? `${rolling.id} is rolled out` : 'nothing is rolled out'}`;
    if (alias?.canary != null) return ok({ verdict: 'fail', reason: `${reason}, to ${alias.share * 100} % of the callers` });
    if (rolling?.id === release) return ok({ verdict: found.value.endsAt === null ? 'fail' : 'inconclusive', reason });
    return ok({ verdict: current?.id === release && !rolling ? 'pass' : 'fail', reason });
  }

  undo(target: Target, before: string, fence: Fence, call: Call): Promise<Result<void>> {
    return this.apply(target, before, fence, call);
  }

  async split(target: Target, call: Call): Promise<Result<ReleaseSplit>> {
    const found = this.#find(target, call);
    if (!found.ok) return found;
    const { alias, releases } = found.value;
    if (alias === null) return failed('invalid', `${target.service} has no alias that divides its callers`);
    const stable = releases.find((each) => each.state === 'current')?.id ?? '';
    return ok({ stable, canary: alias.canary, share: alias.share, token: String(alias.revision) });
  }

  async setSplit(
    target: Target,
    expected: ReleaseSplit,
    next: Omit<ReleaseSplit, 'token'>,
    fence: Fence,
    call: Call,
  ): Promise<Result<void>> {
    const now = await this.split(target, call);
    if (!now.ok) return now;
    const found = this.#find(target, call);
    if (!found.ok) return found;
    const unknown = [next.stable, ...(next.canary === null ? [] : [next.canary])].find(
      (id) => !found.value.releases.some((each) => each.id === id),
    );
    if (unknown !== undefined) return failed('not-found', `there is no release ${unknown} of ${target.service}`);
    const refusal = refusedByFence(this.#state.epochs, targetKey(target), fence, this.#clock);
    if (refusal) return refusal;
    if (now.value.token !== expected.token) return failed('conflict', `somebody else changed the alias of ${target.service}`);
    divide(found.value, next);
    return ok(undefined);
  }

  #find(target: Target, call: Call): Result<ServiceReleases> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const key = `${target.service}/${target.region}`;
    const service = this.#state.services[key];
    if (!service) return failed('not-found', `nothing was released to ${key}`);
    finishRollout(service, this.#clock.now());
    return ok(service);
  }
}
