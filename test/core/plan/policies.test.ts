import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Config, ConfigInput } from '../../../core/config/schema.ts';
import type { Capacity, Run, ServiceState } from '../../../core/model/index.ts';
import type { PolicyQuestion } from '../../../core/plan/policies/policy.ts';
import { windowAt } from '../../../core/plan/policies/windows.ts';
import { askPolicies } from '../../../core/plan/policies.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { incidentOf } from '../incident-of.ts';
import { configOf, regionContext, shopConfig, startAt } from '../region-context.ts';

const incident = incidentOf();

const capacity: Capacity = {
  desired: 4,
  min: 2,
  max: 24,
  running: 4,
  healthy: 4,
  units: ['1', '2', '3', '4'].map((id) => ({ id, zone: 'a', healthy: true, ejected: false, startedAt: 0 })),
};

function question(over: Partial<PolicyQuestion> = {}): PolicyQuestion {
  return {
    incident,
    action: 'restart',
    target: { service: 'checkout', region: 'us-east-1' },
    capacityOutShare: 0.25,
    now: startAt,
    runs: [],
    switches: {},
    incidents: [incident],
    standings: [],
    states: [],
    views: [],
    released: [],
    answers: ['us-east-1', 'eu-west-1', 'us-west-2'],
    capacity,
    cpuShare: 0.4,
    breakers: [],
    ...over,
  };
}

const drain = (over: Partial<PolicyQuestion> = {}): PolicyQuestion =>
  question({
    action: 'failover',
    target: { service: 'checkout', region: 'us-east-1', group: 'checkout' },
    incident: { ...incident, group: 'checkout', alert: 'region-impaired' },
    to: 'eu-west-1',
    capacityOutShare: 0,
    ...over,
  });

function refusals(asked: PolicyQuestion, config: Config = shopConfig()): string[] {
  return askPolicies(regionContext(config).ctx, asked)
    .filter((each) => !each.allowed)
    .map((each) => `${each.name}: ${each.reason}`);
}

const policies = (given: NonNullable<ConfigInput['policies']>) => shopConfig({ policies: given });

function run(over: Partial<Run> = {}): Run {
  return {
    planId: 'restart-0',
    incidentId: 'inc-0',
    action: 'restart',
    target: { service: 'checkout', region: 'us-east-1' },
    epoch: 1,
    holder: 'us-east-1',
    executionId: 'restart:restart-0',
    state: 'verified',
    avoid: [],
    startedAt: startAt - 3_000_000,
    leaseUntil: startAt,
    endedAt: startAt - 2_900_000,
    reason: 'done',
    ...over,
  };
}

test('an action with nothing against it passes every policy, each with its reason', () => {
  const decisions = askPolicies(regionContext().ctx, question());
  expect(decisions.filter((each) => !each.allowed)).toEqual([]);
  expect(decisions.every((each) => each.reason.length > 0)).toBe(true);
});

const always = (over: { from?: string; to?: string; days?: ('mon' | 'tue' | 'sun')[] } = {}) => ({
  name: 'noon',
  days: over.days ?? (['mon'] as ('mon' | 'tue' | 'sun')[]),
  from: over.from ?? '11:00',
  to: over.to ?? '13:00',
});

test('what takes no unit out needs no sight of the units', () => {
  expect(refusals(question({ action: 'rollback', capacity: null }))).toEqual([]);
  expect(refusals(question({ action: 'restart', capacity: null }))).toEqual([
    'minimumHealth: the units of checkout in us-east-1 cannot be seen',
  ]);
});

describe('each policy refuses with its name and its numbers', () => {
  const cases: [string, PolicyQuestion, Config | undefined, RegExp][] = [
    [
      'a switch that is on',
      question({ switches: { kill: { on: true, by: 'ann', at: 0, reason: 'drill' } } }),
      undefined,
      /^switches: kill is on, by ann: drill/,
    ],
    ['a switch that cannot be read', question({ switches: { pause: 'unreadable' } }), undefined, /^switches: .*cannot be read/],
    [
      'an action that the tier does not allow',
      question({ action: 'failover', incident: { ...incident, severity: 'warning' } }),
      undefined,
      /^allowedActions: failover is not allowed for a warning incident of tier1/,
    ],
    [
      'a risky action in peak hours',
      question({ action: 'shift' }),
      policies({ peakHours: [always()] }),
      /^peakHours: .*11:00–13:00.*not shift/,
    ],
    [
      'a region that may not hold the data',
      drain({ to: 'us-west-2' }),
      configOf(shop([checkout({ allowedRegions: ['us-east-1', 'eu-west-1'] })], [checkoutGroup(1)])),
      /^allowedRegions: checkout may not run in us-west-2/,
    ],
    [
      'a victim of a sick dependency',
      question({ states: [sick('aws-dynamodb')] }),
      configOf(shop([checkout({ dependsOn: [{ aws: 'dynamodb' }] })], [checkoutGroup(1)])),
      /^victims: checkout is a victim of aws-dynamodb.*score 0\.00/,
    ],
    [
      'a rollback while the regions without the release are sick',
      question({ action: 'rollback', views: [view('eu-west-1'), view('us-west-2')] }),
      undefined,
      /^releaseGate: 0 of 2 views/,
    ],
    ['a heavy action above 80 % CPU', question({ cpuShare: 0.93 }), undefined, /^heavyActions: CPU .* is 93 %; above 80 %/],
    [
      'a second region while one is drained',
      drain({ standings: [standing('us-west-2')] }),
      undefined,
      /^lastRegion: us-west-2 is drained.*1 at once/,
    ],
    [
      'a second region while the answers leave one out that nobody here has heard of',
      drain({ answers: ['us-east-1', 'eu-west-1'] }),
      undefined,
      /^lastRegion: us-west-2 is drained.*1 at once/,
    ],
    [
      'the last region that is answered with',
      { ...drain({ answers: ['us-east-1'] }), to: undefined } as never,
      undefined,
      /^lastRegion: us-east-1 is the last region/,
    ],
    [
      'units below the minimum',
      question({ capacity: { ...capacity, units: capacity.units.slice(0, 2) }, capacityOutShare: 0.3 }),
      undefined,
      /^minimumHealth: 2 healthy units.*2 are the minimum/,
    ],
    [
      'a target over its budget',
      question({ runs: [run({ action: 'scale' }), run({ action: 'scale', planId: 'scale-1', incidentId: 'inc-00' })] }),
      undefined,
      /^budgets: 2 incidents .*2 are allowed/,
    ],
    [
      'a target that was acted on a moment ago',
      question({ runs: [run({ endedAt: startAt - 60_000 })] }),
      undefined,
      /^cooldown: restart .* ended 60 s ago; the cooldown is 600 s/,
    ],
    [
      'a third restart in an hour',
      question({ runs: [run({ incidentId: 'inc-1' }), run({ incidentId: 'inc-1', planId: 'b' })] }),
      policies({ budgets: { perTargetPerHour: 9 } }),
      /^restarts: .*2 times.*2 are allowed/,
    ],
    [
      'an incident in the midst of a storm',
      question({
        incidents: Array.from({ length: 4 }, (_, index) => ({ ...incident, id: `inc-0-${index}`, openedAt: startAt - 1000 + index })),
      }),
      policies({ storm: { alarms: 3 } }),
      /^storm: 4 incidents opened in 60 s, more than 3/,
    ],
    [
      'a breaker that is open',
      question({ breakers: [{ name: 'restart of checkout/us-east-1', admitted: false, reason: 'open for 9000 ms more' }] }),
      undefined,
      /^breaker: the breaker restart of checkout\/us-east-1 is open/,
    ],
    ['too many units out at once', question({ capacityOutShare: 0.5 }), undefined, /^capacityOut: 50 % .*34 % are allowed/],
    [
      'a service that is busy',
      question({ runs: [run({ state: 'running', incidentId: 'inc-1', startedAt: startAt - 10_000 })] }),
      undefined,
      /^bulkhead: 1 actions on checkout are under way/,
    ],
  ];
  test.each(cases)('%s', (_, asked, config, expected) => {
    expect(refusals(asked, config)).toEqual([expect.stringMatching(expected)]);
  });
});

function sick(service: string): ServiceState {
  return {
    health: {
      subject: { service, region: 'us-east-1' },
      at: startAt,
      status: 'unhealthy',
      score: 0,
      dimensions: {},
      reason: 'down',
      evidence: [],
    },
    since: startAt,
    endpoints: {},
  };
}

function view(region: string) {
  return { group: 'checkout', region, status: 'unhealthy' as const, score: 0, responseMs: 0, since: 0, reason: 'down' };
}

function standing(region: string) {
  return {
    group: 'checkout',
    region,
    epoch: 1,
    incident: null,
    drained: true,
    impairedSince: null,
    quietUntil: 0,
    flaps: 0,
    disputed: null,
  };
}

test('a maintenance window allows what severity and peak hours do not', () => {
  const config = policies({ peakHours: [always()], maintenanceWindows: [always()] });
  expect(refusals(question({ action: 'shift', incident: { ...incident, severity: 'warning' } }), config)).toEqual([]);
});

test('the cooldown grows with each flap, and the levels of one incident do not wait for each other', () => {
  const flaps = [1, 2, 3].map((day) =>
    run({ action: 'scale', planId: `p${day}`, incidentId: `inc-${day + 10}`, endedAt: startAt - 2_000_000 - day }),
  );
  expect(refusals(question({ runs: flaps }), policies({ budgets: { perTargetPerHour: 9 } }))).toEqual([
    expect.stringMatching(/^cooldown: scale .*2400 s \(600 s after 2 flaps\)/),
  ]);
  expect(refusals(question({ runs: [run({ incidentId: 'inc-1', endedAt: startAt - 1000 })] }))).toEqual([]);
});

test('a playbook that was begun goes on to its last level; a third incident of the target within the hour waits for a person', () => {
  const levels = [1, 2, 3, 4].map((n) => run({ planId: `p${n}`, action: 'scale', incidentId: 'inc-1', endedAt: startAt - n * 60_000 }));
  expect(refusals(question({ action: 'shift', runs: levels }))).toEqual([]);
  const answered = ['inc-a', 'inc-b'].map((incidentId) => run({ planId: incidentId, action: 'scale', incidentId }));
  const none = { cooldownSeconds: 0 };
  expect(refusals(question({ action: 'shift', runs: [...levels, ...answered.slice(1)] }), policies(none))).toEqual([]);
  expect(refusals(question({ action: 'shift', runs: answered }), policies(none))).toEqual([
    'budgets: 2 incidents of checkout/us-east-1 were answered in the last hour; 2 are allowed',
  ]);
});

test('what was scaled ahead of demand is no flap and no reason to wait, but itself waits for what broke', () => {
  const forecast = { ...incident, id: 'inc-ahead', alert: 'capacity-forecast', severity: 'warning' as const };
  const ahead = [1, 2, 3].map((hour) =>
    run({ action: 'scale', planId: `a${hour}`, incidentId: 'inc-ahead', startedAt: startAt - 7_200_000, endedAt: startAt - hour }),
  );
  const asked = { action: 'scale' as const, incidents: [incident, forecast], runs: ahead };
  expect(refusals(question(asked))).toEqual([]);
  const later = { ...forecast, id: 'inc-later' };
  expect(refusals(question({ ...asked, incident: later, incidents: [forecast, later] }))).toEqual([
    expect.stringMatching(/^cooldown: .*600 s after 0 flaps/),
  ]);
});

test('each region has a share of its remediation capacity for a service; what moves traffic is one at a time everywhere', () => {
  const elsewhere = { state: 'running' as const, incidentId: 'inc-1', holder: 'eu-west-1', startedAt: startAt - 10_000 };
  const west = { service: 'checkout', region: 'eu-west-1' };
  expect(refusals(question({ runs: [run({ ...elsewhere, target: west })] }))).toEqual([]);
  const moving = [run({ ...elsewhere, action: 'shift', target: { ...west, group: 'checkout' } })];
  expect(refusals(question({ runs: moving }))).toEqual([]);
  expect(refusals(drain({ runs: moving }))).toEqual([expect.stringMatching(/^bulkhead: 1 actions on checkout/)]);
});

test('a failover is not put off by peak hours or a victim of a dependency', () => {
  const config = configOf(
    shop([checkout({ dependsOn: [{ aws: 'dynamodb' }] })], [checkoutGroup(1)], { policies: { peakHours: [always()] } }),
  );
  expect(refusals(drain({ states: [sick('aws-dynamodb')] }), config)).toEqual([]);
});

test('a window that ends before it begins goes on into the next day', () => {
  const night = { name: 'night', days: ['sun'], from: '22:00', to: '04:00' };
  const midnight = startAt - 12 * 3_600_000;
  expect(windowAt([night], midnight - 3_600_000)?.name).toBe('night');
  expect(windowAt([night], midnight + 3 * 3_600_000)?.name).toBe('night');
  expect(windowAt([night], midnight + 4 * 3_600_000)).toBeNull();
  expect(windowAt([night], midnight + 23 * 3_600_000)).toBeNull();
});

test('every window holds for as many minutes of the week as its hours say', () => {
  const clock = fc.integer({ min: 0, max: 1439 });
  const time = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  fc.assert(
    fc.property(clock, clock, (from, to) => {
      const window = { name: 'w', days: ['wed'], from: time(from), to: time(to) };
      let held = 0;
      for (let minute = 0; minute < 7 * 1440; minute += 1) if (windowAt([window], startAt + minute * 60_000) !== null) held += 1;
      expect(held).toBe((to - from + 1440) % 1440 || 1440);
    }),
    { numRuns: 20 },
  );
});
