import { type Fence, failed, ok, type Release, type Result, type Target, targetKey } from '../../core/model/index.ts';
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
export function createReleases(versions: readonly { version: string; at: number }[], rolloutMs: number): ServiceReleases {
  const newestFirst = versions.toSorted((a, b) => b.at - a.at);
  const releases = newestFirst.map(
    ({ version, at }, n): Release => ({ id: version, version, at, state: n === 0 ? 'current' : 'previous' }),
  );
  return { releases, rolloutMs, endsAt: null, neverEnds: false };
}

/** Starts to roll out a release that is in the list; until it has ended the current one serves. */
export function startRollout(service: ServiceReleases, release: string, now: number): void {
  for (const each of service.releases) {
    if (each.state === 'in-progress') each.state = 'previous';
    if (each.id === release && each.state !== 'current') each.state = 'in-progress';
  }
  service.endsAt = service.neverEnds ? null : now + service.rolloutMs;
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
    return found.ok ? ok(copyOf(found.value.releases)) : found;
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
    const current = found.value.releases.find((each) => each.state === 'current');
    const rolling = found.value.releases.find((each) => each.state === 'in-progress');
    const reason = `${current?.id} serves, ${rolling ? `${rolling.id} is rolled out` : 'nothing is rolled out'}`;
    if (rolling?.id === release) return ok({ verdict: found.value.endsAt === null ? 'fail' : 'inconclusive', reason });
    return ok({ verdict: current?.id === release && !rolling ? 'pass' : 'fail', reason });
  }

  undo(target: Target, before: string, fence: Fence, call: Call): Promise<Result<void>> {
    return this.apply(target, before, fence, call);
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
