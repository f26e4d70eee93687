import { regionNames, regionsOfService } from '../../core/config/derive.ts';
import type { Config } from '../../core/config/schema.ts';
import { canonicalJson } from '../../core/model/index.ts';
import type { Timeline } from '../host/timeline.ts';
import type { LiveClock } from './clock.ts';
import { describeFault, type LiveFault } from './fault.ts';
import type { Fleet } from './fleet.ts';
import type { Layout } from './layout.ts';
import { OutageWatch } from './outage.ts';
import type { DnsFault } from './zone.ts';

const modes = { 'http-errors': 'errors', latency: 'slow', 'memory-leak': 'leaking' } as const;

interface BreakageParts {
  config: Config;
  layout: Layout;
  /** Host names and the address of each. */
  names: ReadonlyMap<string, string>;
  clock: LiveClock;
  timeline: Timeline;
  fleet: Fleet;
  /** A region goes away whole, and comes back. */
  lose: (region: string) => void;
  find: (region: string) => Promise<void>;
}

/** What is broken on purpose, since when, and what customers and processes felt of it. */
export class Breakage {
  readonly #parts: BreakageParts;
  readonly #faults = new Map<string, LiveFault>();
  readonly #dnsFaults = new Map<string, DnsFault>();
  #faultAt: number | null = null;
  #outage: OutageWatch | null = null;
  #pidsAtFault: ReadonlySet<number> = new Set();

  constructor(parts: BreakageParts) {
    this.#parts = parts;
  }

  get standing(): LiveFault[] {
    return [...this.#faults.values()];
  }

  /** When the first of the faults that stand began, or the last one when none stands; epoch ms. */
  get since(): number | null {
    return this.#faultAt;
  }

  /** Longest time since the fault in which no customer got a good answer, as the load balancers saw it. */
  get outage(): { from: number; to: number } | null {
    return this.#outage?.longest ?? null;
  }

  /** Units' processes that ran when the fault began and are gone, and those that run now and did not then. */
  get processes(): { ended: number; started: number } {
    const now = new Set(this.#parts.fleet.pids().values());
    return { ended: this.#pidsAtFault.difference(now).size, started: this.#faultAt === null ? 0 : now.difference(this.#pidsAtFault).size };
  }

  dnsFaultOf(name: string): DnsFault | null {
    return this.#dnsFaults.get(name) ?? null;
  }

  /** A customer got a good answer. */
  served(): void {
    this.#outage?.good(this.#parts.clock.now());
  }

  /** Breaks something; the answer says what. Breaking it again changes nothing. */
  async inject(fault: LiveFault): Promise<string> {
    const refusal = this.#refusal(fault);
    if (refusal !== null) return refusal;
    const reason = describeFault(fault);
    const key = canonicalJson(fault);
    if (this.#faults.has(key)) return `${reason} already`;
    // While nothing else is broken a new story begins, and with it its times.
    if (this.#faults.size === 0) {
      this.#faultAt = this.#parts.clock.now();
      this.#outage = new OutageWatch(this.#faultAt);
      this.#pidsAtFault = new Set(this.#parts.fleet.pids().values());
    }
    if (fault.kind !== 'unit-crash') this.#faults.set(key, fault);
    this.#tell('FaultBegan', fault, reason);
    await this.#strike(fault, true);
    return reason;
  }

  async clear(fault: LiveFault): Promise<string> {
    const key = canonicalJson(fault);
    if (!this.#faults.delete(key)) return 'there is no such fault';
    await this.#strike(fault, false);
    const reason = `over: ${describeFault(fault)}`;
    this.#tell('FaultEnded', fault, reason);
    return reason;
  }

  #refusal(fault: LiveFault): string | null {
    const { config } = this.#parts;
    if (!regionNames(config).includes(fault.region)) return `there is no region ${fault.region}`;
    if (fault.kind === 'dns-nodata')
      return config.awsEndpoints.some((entry) => entry.service === fault.service) ? null : `the catalogue has no ${fault.service}`;
    if (!('service' in fault)) return null;
    const service = config.services.find((each) => each.name === fault.service);
    return service !== undefined && regionsOfService(config, service).includes(fault.region)
      ? null
      : `nothing runs ${fault.service} in ${fault.region}`;
  }

  async #strike(fault: LiveFault, begins: boolean): Promise<void> {
    const { fleet, layout, names, lose, find } = this.#parts;
    switch (fault.kind) {
      case 'region-down':
        return begins ? lose(fault.region) : find(fault.region);
      case 'cold-units':
        return begins ? fleet.chill(fault.region) : fleet.thaw(fault.region);
      case 'unit-crash':
        fleet.killOne(fault.service, fault.region);
        return;
      case 'unit-errors':
        if (begins) fleet.setModeOfOne(fault.service, fault.region, 'grey');
        else fleet.setMode(fault.service, fault.region, 'well');
        return;
      case 'http-errors':
      case 'latency':
      case 'memory-leak':
        return fleet.setMode(fault.service, fault.region, begins ? modes[fault.kind] : 'well');
      case 'dns-nodata': {
        const address = layout.aws(fault.service, fault.region);
        for (const [name, of] of names) {
          if (of !== address) continue;
          if (begins) this.#dnsFaults.set(name, 'nodata');
          else this.#dnsFaults.delete(name);
        }
      }
    }
  }

  #tell(kind: 'FaultBegan' | 'FaultEnded', fault: LiveFault, reason: string): void {
    const { timeline, clock } = this.#parts;
    timeline.record({ at: clock.now(), region: fault.region, kind, subject: fault.kind, data: { ...fault }, reason });
  }
}
