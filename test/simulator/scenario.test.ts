import { describe, expect, it } from 'vitest';
import { readScenario, type ScenarioInput, scenarioJsonSchema, showProblem } from '../../simulator/scenario.ts';
import { scenarioProblems } from '../../simulator/scenario-meaning.ts';
import { faultKinds } from '../../simulator/world/fault.ts';
import { smallShop } from './small-shop.ts';

const config = smallShop();

const good: ScenarioInput = {
  name: 'good',
  source: 'made',
  minutes: 30,
  faults: [{ at: 5, until: 20, kind: 'region-unreachable', where: { region: 'us-east-1' } }],
  expect: { acts: [['failover']] },
};

/** Every problem of a scenario, shape first and then meaning, as a person reads them. */
function problemsOf(raw: unknown): string[] {
  const read = readScenario(raw);
  return (read.ok ? scenarioProblems(read.scenario, config) : read.problems).map(showProblem);
}

function withFault(fault: Record<string, unknown>) {
  return { ...good, faults: [{ at: 5, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, ...fault }] };
}

function withOrder(over: Record<string, unknown>, order: Record<string, unknown> = {}) {
  const drain = { command: 'drain', group: 'checkout', region: 'us-east-1', by: 'ann', reason: 'a drill', ...order };
  return { ...good, orders: [{ at: 5, in: 'eu-west-1', order: drain, ...over }] };
}

describe('a scenario', () => {
  it('is taken as it is meant', () => {
    expect(problemsOf(good)).toEqual([]);
  });

  it.each([
    [
      'an unknown region',
      withFault({ where: { service: 'checkout', region: 'us-est-1' } }),
      'faults.0.where.region: "us-est-1" is no region',
      'did you mean us-east-1?',
    ],
    [
      'an unknown fault',
      withFault({ kind: 'http-error' }),
      'faults.0.kind: "http-error" is not a kind of fault',
      'did you mean http-errors?',
    ],
    [
      'an unknown service',
      withFault({ where: { service: 'chekout', region: 'us-east-1' } }),
      'faults.0.where.service: "chekout" is no service',
      'did you mean checkout?',
    ],
    [
      'an unknown AWS service',
      withFault({ kind: 'api-down', where: { service: 'dynamo', region: 'us-east-1' } }),
      'faults.0.where.service: "dynamo" is no service',
      'Known:',
    ],
    [
      'an unknown endpoint',
      withFault({ where: { service: 'checkout', region: 'us-east-1', endpoint: 'helth' } }),
      'faults.0.where.endpoint: "helth" is no endpoint',
      'did you mean health?',
    ],
    ['a negative minute', withFault({ at: -1 }), 'faults.0.at: -1 is before the start', 'minutes from the start'],
    ['a fault after the end', withFault({ at: 31 }), 'faults.0.at: 31 is after the end at minute 30', 'begin it earlier'],
    [
      'an end before its start',
      withFault({ at: 5, until: 4 }),
      'faults.0.until: 4 ends before it starts at minute 5',
      'give an end after at',
    ],
    ['an empty expect', { ...good, expect: {} }, 'expect: {} is empty', 'say what must come of it'],
    ['no expect', { ...good, expect: undefined }, 'expect: nothing', 'say what must come of it'],
    ['an expected end of nothing', { ...good, expect: { ends: [{}] } }, 'expect.ends.0: {} expects nothing', 'say what must come of it'],
    [
      'an unknown region in expect',
      { ...good, expect: { ends: [{ traffic: { checkout: ['mars-1'] } }] } },
      'expect.ends.0.traffic.checkout: "mars-1" is no region',
      'use one of',
    ],
    ['an unknown key', { ...good, minute: 3 }, '(file): "minute" has unknown keys minute', 'remove or correct'],
    ['an unknown parameter', withFault({ with: { rate: 1 } }), 'faults.0.with: "rate" has unknown keys rate', 'remove or correct'],
    ['a share over one', withFault({ with: { share: 30 } }), 'faults.0.with.share: 30', 'docs/writing-a-scenario.md'],
    [
      'a fault that repeats without an end',
      withFault({ every: 2, times: 3 }),
      'comes and goes without saying how',
      'give every, times and until',
    ],
    [
      'a fault that repeats before it has ended',
      withFault({ until: 8, every: 2, times: 3 }),
      'faults.0.every: 2 begins again',
      'longer than until minus at',
    ],
    [
      'a partition from itself',
      withFault({ kind: 'partition', where: { region: 'us-east-1', peer: 'us-east-1' } }),
      'faults.0.where.peer: "us-east-1" is the region itself',
      'name another',
    ],
    ['a minute that is no number', withFault({ at: Number.NaN }), 'faults.0.at: NaN', 'minutes from the start'],
    ['a minute as text', withFault({ at: '5' }), 'faults.0.at: "5"', 'minutes from the start'],
    ['a length without end', { ...good, minutes: Number.POSITIVE_INFINITY }, 'minutes: Infinity', 'docs/writing-a-scenario.md'],
    ['faults that are no list', { ...good, faults: { at: 5 } }, 'faults: {"at":5}', 'docs/writing-a-scenario.md'],
    ['nothing in it', null, '(file): null', 'docs/writing-a-scenario.md'],
    [
      'an address that is not there',
      withFault({ where: { service: 'checkout', region: 'us-east-1', address: 2 } }),
      'faults.0.where.address: 2 is more than the 1 addresses',
      'count from 1 to 1',
    ],
    [
      'an unknown port',
      withFault({ kind: 'call', where: { port: 'stor' }, with: { answer: 'lie' } }),
      'faults.0.where.port: "stor"',
      'docs/writing-a-scenario.md',
    ],
    [
      'an unknown port of a crash',
      withFault({ kind: 'executor-crash', where: { region: 'us-east-1' }, with: { port: 'stor' } }),
      'faults.0.with.port: "stor"',
      'docs/writing-a-scenario.md',
    ],
    [
      'an unknown script',
      withFault({ kind: 'script-fails', where: { document: 'shop-flush' } }),
      'faults.0.where.document: "shop-flush" is no script',
      'use one of',
    ],
    ['an order after the end', withOrder({ at: 31 }), 'orders.0.at: 31 is after the end at minute 30', 'begin it earlier'],
    ['an order before the start', withOrder({ at: -1 }), 'orders.0.at: -1 is before the start', 'minutes from the start'],
    ['an order that asks nobody', withOrder({ in: 'us-est-1' }), 'orders.0.in: "us-est-1" is no region', 'did you mean us-east-1?'],
    ['an unknown command', withOrder({}, { command: 'drian' }), 'orders.0.order.command: "drian"', 'docs/writing-a-scenario.md'],
    [
      'an order about an unknown region',
      withOrder({}, { region: 'us-est-1' }),
      'orders.0.order.region: "us-est-1" is no region',
      'did you mean us-east-1?',
    ],
    [
      'an order about an unknown group',
      withOrder({}, { group: 'chekout' }),
      'orders.0.order.group: "chekout" is no traffic group',
      'did you mean checkout?',
    ],
    [
      'an order about an unknown service',
      withOrder({ order: { command: 'rollout', service: 'chekout', release: 'v2', by: 'ann', reason: 'new' } }),
      'orders.0.order.service: "chekout" is no service',
      'did you mean checkout?',
    ],
    [
      'a truth about no place',
      { ...good, truth: [{ cause: 'chekout/us-east-1', locus: 'service' }] },
      'truth.0.cause: "chekout/us-east-1" is no place',
      'service/region',
    ],
    [
      'an unknown service in expect',
      { ...good, expect: { ends: [{ traffic: { chekout: ['us-east-1'] } }] } },
      'expect.ends.0.traffic.chekout: "chekout" is no service',
      'did you mean checkout?',
    ],
    [
      'a release of an unknown service in expect',
      { ...good, expect: { ends: [{ release: { 'checkout/us-est-1': 'v1' } }] } },
      'expect.ends.0.release.checkout/us-est-1: "checkout/us-est-1" is no service/region',
      'did you mean checkout/us-east-1?',
    ],
    [
      'units of an unknown service in expect',
      { ...good, expect: { ends: [{ ejected: { 'chekout/us-east-1': [] } }] } },
      'expect.ends.0.ejected.chekout/us-east-1: "chekout/us-east-1" is no service/region',
      'did you mean checkout/us-east-1?',
    ],
    [
      'a region that is never touched and unknown',
      { ...good, expect: { neverInto: ['mars-1'] } },
      'expect.neverInto: "mars-1" is no region',
      'use one of',
    ],
    [
      'a forbidden call that nobody watches',
      { ...good, expect: { forbidden: ['route53:ChangeResourceRecordSet'] } },
      'expect.forbidden.0: "route53:ChangeResourceRecordSet" is no call that is watched',
      'did you mean route53:ChangeResourceRecordSets?',
    ],
    [
      'a forbidden region that is unknown',
      { ...good, expect: { forbidden: ['region:us-est-1'] } },
      'expect.forbidden.0: "region:us-est-1" is no call that is watched, and no region',
      'did you mean region:us-east-1?',
    ],
    [
      'a steady state that is never judged',
      { ...good, expect: { steadyFromMinute: 30 } },
      'expect.steadyFromMinute: 30 is after the end at minute 30',
      'lengthen minutes',
    ],
    ['an action that is none', { ...good, expect: { acts: [['failower']] } }, 'expect.acts.0.0: "failower"', 'say what must come of it'],
    ['no length', { ...good, minutes: 0 }, 'minutes: 0 is not a length of time', 'docs/writing-a-scenario.md'],
  ])('with %s is refused with path, value and remedy', (_, raw, told, remedy) => {
    const problems = problemsOf(raw);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(told);
    expect(problems[0]).toContain(remedy);
  });

  it('tells all of its problems at once', () => {
    const two = {
      ...good,
      faults: [...withFault({ at: 5, until: 4 }).faults, ...withFault({ where: { service: 'x', region: 'us-east-1' } }).faults],
    };
    expect(problemsOf(two)).toHaveLength(2);
  });

  it('has a JSON Schema that names every kind of fault and explains its fields, for editors', () => {
    const schema = JSON.stringify(scenarioJsonSchema());
    expect(faultKinds.filter((kind) => !schema.includes(`"${kind}"`))).toEqual([]);
    expect(schema).toContain('Minute at which it begins.');
  });

  it('may name every kind of fault that CONTRACTS asks for', () => {
    const asked = [
      ...[
        'region-unreachable',
        'endpoint-down',
        'http-errors',
        'latency',
        'dns',
        'certificate-expired',
        'api-down',
        'api-throttle',
        'api-lie',
      ],
      ...['api-late', 'partition', 'metrics-silent', 'capacity-refused', 'quota', 'bad-release', 'leak', 'load', 'observer-broken'],
      ...['executor-crash', 'clock-skew', 'dns-overstay'],
    ];
    expect(asked.filter((kind) => !faultKinds.some((known) => known === kind))).toEqual([]);
  });
});
