import type { Scenario } from '../scenario.ts';
import type { Fault, FaultInput, FaultKind } from '../world/fault.ts';
import type { SeededRandom } from '../world/random.ts';
import { between, parsedFault, randomCall, randomFault, randomShortage, type Span, soakRegions, soakServices } from './random-fault.ts';

type Orders = NonNullable<Scenario['orders']>;
type Order = Orders[number]['order'];

/** What happens in a seed beside the random faults: something to answer, and what people do about it. */
interface Story {
  faults: Fault[];
  orders: Orders;
}

export type Teller = (random: SeededRandom, span: Span) => Story;

/** Of the units behind the addresses, in their order. */
const zones = ['a', 'b', 'c'];
const person = { by: 'operator@example.com', reason: 'a drill of the soak' };

/** Something that evenkeel should answer: a region, a unit, a release, load. Without one the act path would sleep. */
export const impairment: Teller = (random, span) => {
  const kinds: FaultKind[] = ['region-unreachable', 'http-errors', 'dns', 'bad-release', 'http-errors', 'leak', 'load', 'endpoint-down'];
  // Ports that are asked a few times a run, the database only when a region is left.
  const calls = random.chance(0.3) ? [randomCall(random, ['data', 'data', 'peerStores', 'secrets'], span)] : [];
  return { faults: [randomFault(random, random.pick(kinds), span), ...calls], orders: [] };
};

/** A region goes and comes back; a person brings the traffic back, now and then too early, now and then into the next outage. */
export const wayBack: Teller = (random, span) => {
  const region = random.pick(soakRegions);
  const at = between(random, 1, 3);
  const until = between(random, at + 4, at + 7);
  const back = between(random, until + 2, until + 6);
  const first = outage(random, region, { at, until });
  // It fails again while its traffic returns: capacity, votes and answers take some minutes.
  const again = between(random, back + 0.5, back + 5);
  const second = random.chance(0.6) ? [outage(random, region, { at: again, until: Math.min(again + 6, span.last) })] : [];
  const tries = [back, back + 2, back + 4].filter((minute) => minute <= span.last);
  const home: Order = { command: 'failback', group: 'checkout', region, ...person };
  const calls = random.chance(0.4) ? [randomCall(random, ['data', 'data', 'traffic', 'capacity', 'peerStores', 'machines'], span)] : [];
  return {
    faults: [first, ...second, ...calls],
    orders: [...(random.chance(0.2) ? [at + 3] : []), ...tries].map((minute) => ({ at: minute, in: region, order: home })),
  };
};

function outage(random: SeededRandom, region: string, times: { at: number; until: number }): Fault {
  return parsedFault(
    random.pick<FaultInput>([
      { ...times, kind: 'http-errors', where: { service: 'checkout', region }, with: { share: between(random, 0.6, 1) } },
      { ...times, kind: 'endpoint-down', where: { service: 'checkout', region } },
      { ...times, kind: 'region-unreachable', where: { region } },
    ]),
  );
}

/** An application lacks connections, cache or memory; the script that should help may fail, and so may its undo. */
export const shortage: Teller = (random, span) => {
  const where = { service: random.pick(soakServices), region: random.pick(soakRegions) };
  const how = randomShortage(random);
  const at = between(random, 0.5, 3);
  const ends = span.clears ? { until: span.last } : {};
  const [document, undo] = scriptOf[how.signal];
  const fails: Fault[] = random.chance(0.7) ? [parsedFault({ at: 0, ...ends, kind: 'script-fails', where: { document } })] : [];
  if (random.chance(0.15)) fails.push(parsedFault({ at: 0, ...ends, kind: 'script-fails', where: { document: undo } }));
  const calls = random.chance(0.4) ? [randomCall(random, ['scripts'], span)] : [];
  return { faults: [parsedFault({ at, ...ends, kind: 'resource-short', where, with: how }), ...fails, ...calls], orders: [] };
};

const scriptOf = {
  poolShare: ['shop-reset-pool', 'shop-restore-pool'],
  cacheHitRatio: ['shop-flush-cache', 'shop-restore-cache'],
  memoryShare: ['shop-collect-garbage', 'shop-restore-heap'],
} as const;

/** Slow answers, and more units that never come or bring no relief. */
export const noRelief: Teller = (random, span) => {
  const where = { service: random.pick(soakServices), region: random.pick(soakRegions) };
  const at = between(random, 0.5, 2);
  const ends = span.clears ? { until: span.last } : {};
  // Slow for the slowest hundredth, yet not so slow that probes call it failed.
  const slow = parsedFault({ at, ...ends, kind: 'latency', where, with: { addMs: between(random, 900, 1250) } });
  const later = between(random, at + 4, at + 9);
  const hindrance = random.pick<FaultInput>([
    { at, ...ends, kind: 'units-never-healthy', where },
    { at: later, ...ends, kind: 'load', where: { service: 'checkout' }, with: { factor: between(random, 1.5, 3) } },
    { at: later, ...ends, kind: 'units-never-healthy', where },
  ]);
  const calls = random.chance(0.3) ? [randomCall(random, ['capacity', 'metricSource'], span)] : [];
  return { faults: [slow, parsedFault(hindrance), ...calls], orders: [] };
};

/** A release makes errors, and taking it back does not help, gets stuck, or makes it worse. */
export const badRelease: Teller = (random, span) => {
  const where = { service: random.pick(soakServices), region: random.pick(soakRegions) };
  const at = between(random, 0.5, 2);
  const ends = span.clears ? { until: span.last } : {};
  const share = between(random, 0.1, 0.4, 100);
  const release = parsedFault({ at, ...ends, kind: 'bad-release', where, with: { share } });
  // The rollback comes one to three minutes after the release, and is proven in the minutes after that.
  const later = between(random, at + 1.5, at + 4);
  const hindrance = random.pick<FaultInput>([
    { at: at + 1, ...ends, kind: 'http-errors', where, with: { share } },
    { at: later, ...ends, kind: 'http-errors', where, with: { share: between(random, 0.5, 1) } },
    { at: at + 1, ...ends, kind: 'units-never-healthy', where },
    { at: later, ...ends, kind: 'endpoint-down', where },
  ]);
  const calls = random.chance(0.4) ? [randomCall(random, ['releases'], span)] : [];
  return { faults: [release, parsedFault(hindrance), ...calls], orders: [] };
};

/**
 * One address answers with errors; when it is out, the rest of the region fails as well, so that taking it out has not helped. Now and then
 * somebody has the unit's zone put back on trial, which is still as sick as it was, or is mended.
 */
export const sickUnit: Teller = (random, span) => {
  const here = { service: 'checkout', region: random.pick(soakRegions) };
  const at = between(random, 0.5, 2);
  const ends = span.clears ? { until: span.last } : {};
  const later = between(random, at + 1.5, at + 3.5);
  const address = random.integer(1, 4);
  const sick = parsedFault({ at, ...ends, kind: 'http-errors', where: { ...here, address }, with: { share: 1 } });
  const rest = parsedFault({ at: later, ...ends, kind: 'http-errors', where: here, with: { share: between(random, 0.3, 1) } });
  const spreads = random.chance(0.7);
  if (!random.chance(0.6)) return { faults: spreads ? [sick, rest] : [sick], orders: [] };
  const back = between(random, at + 5, at + 10);
  const mended = random.chance(0.5) ? { ...sick, until: Math.min(back, span.last) } : sick;
  const readmit: Order = { command: 'readmit', service: here.service, unit: zones[(address - 1) % zones.length] ?? '', ...person };
  return { faults: spreads ? [mended, rest] : [mended], orders: [{ at: back, in: here.region, order: readmit }] };
};

/** A queue that checkout can do without has lost its name: it answers with less. Nothing else suffers, so that nobody fails over first. */
export const queueGone: Teller = (random, span) => {
  const region = random.pick(soakRegions);
  const at = between(random, 0.5, 3);
  const until = span.clears ? span.last : between(random, at + 6, span.last);
  const gone = parsedFault({ at, until, kind: 'dns', where: { service: 'sqs', region }, with: { dependentsShare: 0 } });
  const calls = random.chance(0.7) ? [randomCall(random, ['flags'], span)] : [];
  return { faults: [gone, ...calls], orders: [] };
};

/** A new version of a function is rolled out in stages; mostly it is slower or fails, now and then something else fails meanwhile. */
export const newVersion: Teller = (random, span) => {
  const where = { service: random.pick(soakServices), region: random.pick(soakRegions) };
  const at = between(random, 0.5, 1.5);
  const ends = span.clears ? { until: span.last } : {};
  const flaw = random.pick([
    { share: 0, latencyFactor: between(random, 1.3, 3) },
    { share: between(random, 0.1, 1, 100), afterMinutes: random.pick([0, 0, 6]) },
    { share: 0 },
  ]);
  const published = parsedFault({ at, ...ends, kind: 'bad-release', where, with: { ...flaw, rollOut: false } });
  const later = between(random, at + 2, at + 12);
  const hindrance = random.pick<FaultInput | null>([
    null,
    { at: later, ...ends, kind: 'http-errors', where, with: { share: between(random, 0.3, 1) } },
    { at: later, ...ends, kind: 'metrics-silent', where: { region: where.region } },
    { at: later, ...ends, kind: 'executor-crash', where: { region: where.region }, with: {} },
  ]);
  const calls = random.chance(0.4) ? [randomCall(random, ['releases', 'store', 'metricSource', 'machines'], span)] : [];
  const rollout: Order = { command: 'rollout', service: where.service, release: 'v2', ...person };
  // Somebody may try again: while it goes on it is refused, afterwards it is a second one.
  const tries = [between(random, at + 0.5, at + 2), ...(random.chance(0.3) ? [between(random, 12, 16)] : [])];
  return {
    faults: [published, ...(hindrance === null ? [] : [parsedFault(hindrance)]), ...calls],
    orders: tries.map((minute) => ({ at: minute, in: where.region, order: rollout })),
  };
};

/** Orders that people give in the midst of it. */
export function randomOrders(random: SeededRandom, span: Span): Orders {
  const region = random.pick(soakRegions);
  const at = between(random, 1, span.last - 3);
  const later = between(random, at + 1, span.last);
  const target = random.pick(['group:checkout/', 'checkout/', 'payments/']) + region;
  const pairs: [Order, Order | null][] = [
    [{ command: 'drain', group: 'checkout', region, ...person }, null],
    [
      { command: 'freeze', target, ...person },
      { command: 'thaw', target, ...person },
    ],
    [
      { command: 'kill', on: true, ...person },
      { command: 'kill', on: false, ...person },
    ],
    [
      { command: 'pause', ...person },
      { command: 'resume', ...person },
    ],
  ];
  const [first, second] = random.pick(pairs);
  const asked = random.pick(soakRegions);
  return [{ at, in: asked, order: first }, ...(second === null ? [] : [{ at: later, in: asked, order: second }])];
}
