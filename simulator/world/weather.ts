import type { Fault, FaultKind, FaultOf } from './fault.ts';

/** What stands against one AWS service in one region, or nothing. */
export interface AwsTrouble {
  /** What resolvers get for its name instead of addresses. */
  rcode: string | null;
  /** Share of calls that fail, are throttled, answer well without effect. */
  downShare: number;
  throttleShare: number;
  lieShare: number;
  late: { seconds: number; share: number } | null;
  /** Share of the requests of hard dependents that fail with it. */
  dependentsShare: number;
}

const noTrouble: AwsTrouble = Object.freeze({
  rcode: null,
  downShare: 0,
  throttleShare: 0,
  lieShare: 0,
  late: null,
  dependentsShare: 0,
});

/**
 * All faults that stand now, as questions that the world asks. Derived anew when a fault begins or ends, which is rare,
 * so that asking is a look into a map, which is not.
 */
export class Weather {
  readonly #standing = new Set<Fault>();
  #unreachable = new Set<string>();
  #cuts = new Set<string>();
  /** By region and service. */
  #aws = new Map<string, Map<string, AwsTrouble>>();
  #byKind = new Map<FaultKind, Fault[]>();

  begin(fault: Fault): void {
    this.#standing.add(fault);
    this.#derive();
  }

  end(fault: Fault): void {
    this.#standing.delete(fault);
    this.#derive();
  }

  get standing(): ReadonlySet<Fault> {
    return this.#standing;
  }

  of<Kind extends FaultKind>(kind: Kind): FaultOf<Kind>[] {
    return this.#byKind.get(kind)?.filter((fault): fault is FaultOf<Kind> => fault.kind === kind) ?? [];
  }

  /** Nobody outside reaches it, and it reaches nobody. */
  unreachable(region: string): boolean {
    return this.#unreachable.has(region);
  }

  /** Whether what goes from one region to another is lost. Each region always reaches itself. */
  cut(from: string, to: string): boolean {
    if (from === to) return false;
    if (this.#unreachable.has(from) || this.#unreachable.has(to)) return true;
    return this.#cuts.size > 0 && this.#cuts.has(`${from}>${to}`);
  }

  /** A request and its answer need both ways. */
  severed(a: string, b: string): boolean {
    return this.cut(a, b) || this.cut(b, a);
  }

  /** `service` without the prefix `aws-`. */
  aws(service: string, region: string): AwsTrouble {
    return this.#aws.get(region)?.get(service) ?? noTrouble;
  }

  #derive(): void {
    this.#byKind = Map.groupBy(this.#standing, (fault) => fault.kind);
    this.#unreachable = new Set(this.of('region-unreachable').map((fault) => fault.where.region));
    this.#cuts = new Set(
      this.of('partition').flatMap(({ where, with: { oneWay } }) =>
        oneWay ? [`${where.region}>${where.peer}`] : [`${where.region}>${where.peer}`, `${where.peer}>${where.region}`],
      ),
    );
    this.#aws = new Map();
    for (const fault of this.#standing) deriveAws(this.#aws, fault);
  }
}

/** The short name of an AWS service, however it was written. */
export function awsName(service: string): string {
  return service.startsWith('aws-') ? service.slice('aws-'.length) : service;
}

function deriveAws(all: Map<string, Map<string, AwsTrouble>>, fault: Fault): void {
  if (
    fault.kind !== 'dns' &&
    fault.kind !== 'api-down' &&
    fault.kind !== 'api-throttle' &&
    fault.kind !== 'api-lie' &&
    fault.kind !== 'api-late'
  )
    return;
  const service = awsName(fault.where.service);
  const here = all.get(fault.where.region) ?? new Map<string, AwsTrouble>();
  const trouble = { ...(here.get(service) ?? noTrouble) };
  all.set(fault.where.region, here.set(service, trouble));
  switch (fault.kind) {
    case 'dns':
      trouble.rcode = fault.with.rcode.toUpperCase();
      trouble.downShare = 1;
      trouble.dependentsShare = Math.max(trouble.dependentsShare, fault.with.dependentsShare);
      return;
    case 'api-down':
      trouble.downShare = Math.max(trouble.downShare, fault.with.share);
      if (fault.with.data) trouble.dependentsShare = Math.max(trouble.dependentsShare, fault.with.dependentsShare ?? fault.with.share);
      return;
    case 'api-throttle':
      trouble.throttleShare = Math.max(trouble.throttleShare, fault.with.share);
      return;
    case 'api-lie':
      trouble.lieShare = Math.max(trouble.lieShare, fault.with.share);
      return;
    case 'api-late':
      trouble.late = fault.with;
      return;
  }
}
