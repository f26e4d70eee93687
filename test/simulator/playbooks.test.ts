import { expect, test } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import type { Config, ConfigInput } from '../../core/config/schema.ts';
import type { StageContext } from '../../core/config/stage-context.ts';
import { learnFrom } from '../../core/learn/lessons.ts';
import { createCheckers } from '../../simulator/checkers/index.ts';
import type { RegionRuntime } from '../../simulator/host/runtime.ts';
import { createRegionRuntime } from '../../simulator/region-runtime.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { checkout, checkoutGroup, shop } from '../../simulator/scenarios/shop.ts';
import { simulate } from '../../simulator/simulate.ts';
import type { World } from '../../simulator/world/world.ts';
import { parsed } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();
const minuteMs = 60_000;
const region = 'us-east-1';
const east = { service: 'checkout', region };

type ServiceInput = ConfigInput['services'][number];

const signal = (metricName: string) => ({ namespace: 'Shop', metricName, dimensions: { Region: '{region}' } });
const signals = {
  latencyP99Ms: signal('LatencyP99'),
  memoryShare: signal('Memory'),
  poolShare: signal('Pool'),
  cacheHitRatio: signal('CacheHits'),
};
const health: ServiceInput['endpoints'] = [
  {
    ...{ name: 'health', kind: 'http', url: 'https://checkout.{region}.example.com/health', perRegion: true },
    ...{ conditions: ['[STATUS] == 200'], intervalSeconds: { base: 10, max: 20 } },
  },
];

/** checkout on the default playbooks, answered for by its own region. */
function shopOf(over: Partial<ServiceInput> = {}, others: ServiceInput[] = []): Config {
  const services = [checkout({ failover: false, signals, endpoints: health, ...over }), ...others];
  return parsed(shop(services, [checkoutGroup(1)]));
}

const payments: ServiceInput = {
  ...{ name: 'payments', tier: 2, owner: 'payments-team@example.com' },
  endpoints: [{ name: 'health', kind: 'http', url: 'https://payments.{region}.example.com/health', perRegion: true }],
};

/** What ECS says of a task whose container has exited. */
const crashed = (n: number) => ({
  ...{ id: `crash-${n}`, source: 'aws.ecs', 'detail-type': 'ECS Task State Change', region, resources: [] },
  detail: {
    ...{ group: 'service:checkout', lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited', stoppedReason: 'exit code 1' },
    ...{ clusterArn: `arn:aws:ecs:${region}:111122223333:cluster/shop`, taskArn: `arn:aws:ecs:${region}:111122223333:task/shop/${n}` },
  },
});
const crashLoop = async (runtime: RegionRuntime) => {
  for (const n of [1, 2, 3]) await runtime.invoke('analyze', crashed(n));
};

/** Eight restarts of the past that did not help against errors. */
const restartsFailed = async (_: RegionRuntime, ctx: StageContext) => {
  for (let n = 0; n < 8; n += 1)
    await learnFrom(ctx, {
      ...{ planId: `restart-${n}`, incidentId: `inc-${n}`, action: 'restart', alert: 'error-rate', target: east, epoch: 1, steps: [] },
      ...{ state: 'undone', startedAt: 0, endedAt: 300_000, reason: 'errors went on' },
    });
};

/** One of the two units of zone a stops answering its health check. */
const sickUnit = ({ capacity }: World) => {
  const unit = capacity.services[`checkout/${region}`]?.units[0];
  if (unit !== undefined) unit.healthyAt = null;
};

/** A version of last month is on record, so that there is something to go back to. */
const olderVersion = ({ releases }: World) => {
  const at = (releases.services[`checkout/${region}`]?.releases[0]?.at ?? 0) - 30 * 86_400_000;
  releases.services[`checkout/${region}`]?.releases.push({ id: 'v0', version: 'v0', at, state: 'previous' });
};

const short = (signalName: 'poolShare' | 'cacheHitRatio' | 'memoryShare', value: number, curedBy?: string): ScenarioInput['faults'] => [
  { at: 3, kind: 'resource-short', where: east, with: { signal: signalName, value, ...(curedBy === undefined ? {} : { curedBy }) } },
];
/** With this seed two looks in a row pass by chance, after the restart and after the shift. */
const deceptive = 5;
const errors: ScenarioInput['faults'] = [{ at: 3, kind: 'http-errors', where: east, with: { share: 0.6 } }];
const broken: ScenarioInput['faults'] = [{ at: 3, kind: 'http-errors', where: east, with: { share: 1 } }];

interface Case {
  config?: Config;
  faults?: ScenarioInput['faults'];
  minutes: number;
  seed?: number;
  /** At minute 2, in the region: what no fault brings. */
  events?: (runtime: RegionRuntime, ctx: StageContext) => Promise<void>;
  meddle?: (world: World) => void;
  alert: string;
  /** What was planned, with its outcome, and what was passed over: `action: policy`. */
  tale: string[];
  ends: 'resolved' | 'escalated';
}

async function tell(given: Case): Promise<{ alert: string; tale: string[]; ends: string; violations: unknown[] }> {
  const { config = shopOf(), faults = [], minutes, events, meddle, seed = 1 } = given;
  const read = readScenario({ name: 'playbook', source: 'made', minutes, faults, expect: { incidents: 1 } });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  let startedAt: number | null = null;
  let due = true;
  const report = await simulate(read.scenario, config, {
    ...{ seed, settle, machines },
    createRuntime: (ctx) => {
      const runtime = createRegionRuntime(ctx);
      return {
        ...runtime,
        async minute(at) {
          startedAt ??= at;
          if (due && ctx.region === region && at >= startedAt + 2 * minuteMs) {
            due = false;
            await events?.(runtime, ctx);
          }
          await runtime.minute(at);
        },
      };
    },
    checkers: (truth) => {
      meddle?.(truth.world);
      return createCheckers(truth);
    },
  });
  const opened = report.timeline.find((entry) => entry.kind === 'IncidentOpened' && entry.data.group === undefined);
  const first = opened ?? report.timeline.find((entry) => entry.kind === 'IncidentOpened');
  const own = report.timeline.filter((entry) => entry.data.incident === first?.data.incident);
  const outcomes = new Map(own.flatMap(({ kind, data }) => (kind === 'OutcomeRecorded' ? [[data.plan, String(data.state)]] : [])));
  const tale = own.flatMap(({ kind, data, reason }) => {
    if (kind === 'PolicyRefused') return [`${data.action}: ${data.policy}`];
    if (kind !== 'PlanMade') return [];
    const document = /^run evenkeel-([\w-]+)/.exec(reason)?.[1];
    return [`${document ?? (reason.startsWith('degrade') ? 'degrade' : data.action)} ${outcomes.get(data.plan ?? '')}`];
  });
  const ends = own.findLast((entry) => entry.kind === 'IncidentChanged')?.data.to;
  return { alert: String(first?.data.alert), tale, ends: String(ends), violations: report.violations };
}

const cases: Record<string, Case> = {
  'crash loop': { events: crashLoop, minutes: 12, alert: 'crash-loop', tale: ['restart verified'], ends: 'resolved' },
  'crash loop that goes on': {
    events: crashLoop,
    meddle: olderVersion,
    faults: broken,
    minutes: 25,
    alert: 'crash-loop',
    tale: ['restart undone', 'rollback: remedy'],
    ends: 'escalated',
  },
  'crash loop of a release': {
    events: crashLoop,
    faults: [{ at: 1, kind: 'bad-release', where: east, with: { share: 0.6 } }],
    minutes: 12,
    alert: 'crash-loop',
    tale: ['rollback verified'],
    ends: 'resolved',
  },
  'errors of a release': {
    faults: [{ at: 3, kind: 'bad-release', where: east, with: { share: 0.3 } }],
    minutes: 25,
    alert: 'error-rate',
    tale: ['rollback verified'],
    ends: 'resolved',
  },
  errors: {
    faults: errors,
    seed: deceptive,
    minutes: 25,
    alert: 'error-rate',
    tale: ['rollback: when:just-released', 'restart undone', 'shift undone'],
    ends: 'escalated',
  },
  'errors, where restarts never helped': {
    events: restartsFailed,
    faults: errors,
    seed: deceptive,
    minutes: 25,
    alert: 'error-rate',
    tale: ['rollback: when:just-released', 'shift undone', 'restart undone'],
    ends: 'escalated',
  },
  'latency that more units do not take away': {
    faults: [{ at: 3, kind: 'latency', where: east, with: { factor: 20 } }],
    minutes: 25,
    alert: 'latency',
    tale: ['scale verified', 'scale undone', 'shift verified'],
    ends: 'resolved',
  },
  'memory that garbage collection frees': {
    faults: [{ at: 3, kind: 'leak', where: east, with: { minutesToFull: 12 } }],
    minutes: 20,
    alert: 'memory',
    tale: ['collect-garbage verified'],
    ends: 'resolved',
  },
  'memory that nothing frees': {
    faults: short('memoryShare', 0.9),
    minutes: 30,
    alert: 'memory',
    tale: ['collect-garbage verified', 'scale: remedy', 'restart verified', 'restart verified'],
    ends: 'escalated',
  },
  cpu: {
    faults: [{ at: 3, kind: 'load', where: { service: 'checkout' }, with: { factor: 1.8 } }],
    minutes: 14,
    alert: 'cpu',
    tale: ['scale verified'],
    ends: 'resolved',
  },
  'a pool that is too small': {
    faults: short('poolShare', 0.97, 'evenkeel-resize-pool'),
    minutes: 15,
    alert: 'connection-pool',
    tale: ['reset-idle-connections verified', 'resize-pool verified'],
    ends: 'resolved',
  },
  'a pool that stays full': {
    faults: short('poolShare', 0.97),
    minutes: 25,
    alert: 'connection-pool',
    tale: ['reset-idle-connections verified', 'resize-pool verified', 'restart verified'],
    ends: 'escalated',
  },
  'a cold cache': {
    faults: short('cacheHitRatio', 0.6, 'evenkeel-warm-cache'),
    minutes: 20,
    alert: 'cache-hit-ratio',
    tale: ['flush-stale-cache verified', 'warm-cache verified'],
    ends: 'resolved',
  },
  'a cache that stays cold': {
    faults: short('cacheHitRatio', 0.6),
    minutes: 22,
    alert: 'cache-hit-ratio',
    tale: ['flush-stale-cache verified', 'warm-cache verified', 'notify: notify'],
    ends: 'escalated',
  },
  dependency: {
    config: shopOf({ degradeFlag: '/shop/checkout/mode', dependsOn: [{ service: 'payments' }] }, [payments]),
    faults: [{ at: 3, kind: 'endpoint-down', where: { service: 'payments', region } }],
    ...{ minutes: 15, alert: 'dependency-down', tale: ['degrade verified', 'protect: protect'], ends: 'escalated' },
  },
  region: {
    config: parsed(shop([checkout({})], [checkoutGroup(1)])),
    faults: [{ at: 3, kind: 'region-unreachable', where: { region } }],
    ...{ minutes: 12, alert: 'region-impaired', tale: ['failover verified'], ends: 'resolved' },
  },
  node: { meddle: sickUnit, minutes: 20, alert: 'node-not-ready', tale: ['restart verified'], ends: 'resolved' },
};

test.each(Object.entries(cases))('the default playbook runs to its end: %s', { timeout: 30_000 }, async (_, given) => {
  const { alert, tale, ends } = given;
  expect(await tell(given)).toEqual({ alert, tale, ends, violations: [] });
});
