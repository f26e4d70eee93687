import { canonicalJson, failed, ok, type Result } from '../../core/model/index.ts';
import { roundTripMs } from './distance.ts';
import type { LeafCheck } from './route53/health-check.ts';
import { type Answer, type RecordSet, route } from './route53/record-set.ts';

export { endpointCheck, metricCheck } from './route53/health-check.ts';
export type { Answer, Choice, RecordSet, Routing } from './route53/record-set.ts';

/** Healthy while at least `threshold` of the children are. */
export interface CalculatedCheck {
  id: string;
  threshold: number;
  children: string[];
}

export interface StatusChange {
  at: number;
  check: string;
  healthy: boolean;
}

export interface RecordChange {
  action: 'CREATE' | 'DELETE' | 'UPSERT';
  set: RecordSet;
}

export interface Route53Options {
  /** Whether the control plane answers at `at`. DNS answers never ask it. */
  apiAvailable?: (at: number) => boolean;
  onStatusChange?: (change: StatusChange) => void;
}

/**
 * Route 53 as its users meet it: a control plane that changes record sets and checks, and a data plane that evaluates checks and
 * answers. Pure and driven by explicit time, for the simulator's virtual clock and for the live DNS server's real one.
 */
export class Route53 {
  readonly #leaves = new Map<string, LeafCheck>();
  readonly #calculated = new Map<string, CalculatedCheck>();
  readonly #parents = new Map<string, string[]>();
  readonly #status = new Map<string, boolean>();
  readonly #sets = new Map<string, RecordSet[]>();
  readonly #answers = new Map<string, Answer>();
  readonly #apiAvailable: (at: number) => boolean;
  readonly #onStatusChange: ((change: StatusChange) => void) | undefined;

  #advancedTo = Number.NEGATIVE_INFINITY;

  constructor(options: Route53Options = {}) {
    this.#apiAvailable = options.apiAvailable ?? (() => true);
    this.#onStatusChange = options.onStatusChange;
  }

  /** Evaluates every check up to `to`. Call it before changing anything that a check looks at. */
  advance(to: number): void {
    if (to <= this.#advancedTo) return;
    this.#advancedTo = to;
    const changes: StatusChange[] = [];
    for (const leaf of this.#leaves.values()) leaf.advance(to, (at, healthy) => changes.push({ at, check: leaf.id, healthy }));
    if (changes.length === 0) return;
    this.#answers.clear();
    for (const change of changes.sort((a, b) => a.at - b.at)) this.#apply(change);
  }

  healthy(check: string): boolean {
    const healthy = this.#status.get(check);
    if (healthy === undefined) throw new Error(`there is no health check ${JSON.stringify(check)}`);
    return healthy;
  }

  createLeaf(check: LeafCheck, at: number): Result<void> {
    const refusal = this.#refusal(at);
    if (refusal !== null) return failed('unavailable', refusal);
    if (this.#status.has(check.id)) return failed('conflict', `a health check ${check.id} exists`);
    this.#leaves.set(check.id, check);
    this.#advancedTo = Number.NEGATIVE_INFINITY;
    this.#status.set(check.id, check.healthy);
    return ok(undefined);
  }

  createCalculated(check: CalculatedCheck, at: number): Result<void> {
    const refusal = this.#refusal(at) ?? this.#calculatedRefusal(check);
    if (refusal !== null) return failed(this.#apiAvailable(at) ? 'invalid' : 'unavailable', refusal);
    this.#calculated.set(check.id, check);
    for (const child of check.children) this.#parents.set(child, [...(this.#parents.get(child) ?? []), check.id]);
    this.#status.set(check.id, this.#calculate(check));
    return ok(undefined);
  }

  /** One batch, all or nothing. A DELETE must name the set exactly as it is: that makes DELETE and CREATE together a compare-and-set. */
  changeRecordSets(changes: readonly RecordChange[], at: number): Result<void> {
    const refusal = this.#refusal(at);
    if (refusal !== null) return failed('unavailable', refusal);
    const next = new Map([...this.#sets].map(([key, sets]) => [key, [...sets]]));
    for (const change of changes) {
      const problem = changeIn(next, change, (id) => this.#status.has(id));
      if (problem !== null) return failed('conflict', problem);
    }
    this.#sets.clear();
    for (const [key, sets] of next) if (sets.length > 0) this.#sets.set(key, sets);
    this.#answers.clear();
    return ok(undefined);
  }

  recordSets(name: string, type: RecordSet['type'] = 'A'): readonly RecordSet[] {
    return this.#sets.get(setsKey(name, type)) ?? [];
  }

  /** What the authoritative servers answer at `at`; `location` is the region that the resolver stands in. */
  answer(name: string, type: RecordSet['type'], at: number, location?: string): Answer {
    this.advance(at);
    const key = `${name} ${type} ${location ?? ''}`;
    const before = this.#answers.get(key);
    if (before !== undefined) return before;
    const distanceMs = location === undefined ? undefined : (region: string) => roundTripMs(location, region);
    const answer = this.#answer(name, type, distanceMs);
    this.#answers.set(key, answer);
    return answer;
  }

  #answer(name: string, type: RecordSet['type'], distanceMs: ((region: string) => number) | undefined): Answer {
    const sets = this.recordSets(name, type);
    const answer = route({ sets, healthy: (set) => set.checkId === undefined || this.healthy(set.checkId), distanceMs });
    const otherType = type === 'A' ? 'AAAA' : 'A';
    if (sets.length === 0 && this.recordSets(name, otherType).length > 0) return { ...answer, rcode: 'NODATA' };
    return answer;
  }

  #apply(change: StatusChange): void {
    this.#status.set(change.check, change.healthy);
    this.#onStatusChange?.(change);
    for (const parent of this.#parents.get(change.check) ?? []) {
      const check = this.#calculated.get(parent);
      if (check === undefined) continue;
      const healthy = this.#calculate(check);
      if (healthy !== this.#status.get(parent)) this.#apply({ at: change.at, check: parent, healthy });
    }
  }

  #calculate(check: CalculatedCheck): boolean {
    return check.children.filter((child) => this.#status.get(child) === true).length >= check.threshold;
  }

  #calculatedRefusal(check: CalculatedCheck): string | null {
    if (this.#status.has(check.id)) return `a health check ${check.id} exists`;
    const unknown = check.children.find((child) => !this.#status.has(child));
    if (unknown !== undefined) return `child ${unknown} of ${check.id} does not exist`;
    if (check.threshold < 1 || check.threshold > check.children.length)
      return `threshold ${check.threshold} of ${check.id} is not between 1 and its ${check.children.length} children`;
    return null;
  }

  #refusal(at: number): string | null {
    return this.#apiAvailable(at) ? null : 'the Route 53 API does not answer';
  }
}

/** Share of the answers by region; together with `failedOpen` this is all that the rest of the world needs to know. */
export function regionShares(answer: Answer): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { set, share } of answer.choices) shares.set(set.region, (shares.get(set.region) ?? 0) + share);
  return shares;
}

function setsKey(name: string, type: RecordSet['type']): string {
  return `${name} ${type}`;
}

/** Applies one change to `sets`; answers why it cannot, or null. */
function changeIn(sets: Map<string, RecordSet[]>, { action, set }: RecordChange, checkExists: (id: string) => boolean): string | null {
  const key = setsKey(set.name, set.type);
  const siblings = sets.get(key) ?? [];
  const at = siblings.findIndex((other) => other.setId === set.setId);
  if (action === 'DELETE') {
    if (at < 0 || canonicalJson(siblings[at]) !== canonicalJson(set))
      return `record set ${set.name} ${set.setId} is not as the DELETE names it`;
    sets.set(
      key,
      siblings.filter((_, index) => index !== at),
    );
    return null;
  }
  if (action === 'CREATE' && at >= 0) return `record set ${set.name} ${set.setId} exists`;
  if (siblings.some((other) => other.setId !== set.setId && other.routing.kind !== set.routing.kind))
    return `record sets of ${set.name} cannot mix routing policies`;
  if (set.checkId !== undefined && !checkExists(set.checkId)) return `health check ${set.checkId} does not exist`;
  sets.set(key, at < 0 ? [...siblings, set] : siblings.with(at, set));
  return null;
}
