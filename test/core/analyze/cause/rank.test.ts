import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CauseQuestion } from '../../../../core/analyze/cause/question.ts';
import { rankCauses } from '../../../../core/analyze/cause/rank.ts';
import type { Symptom } from '../../../../core/analyze/cause/symptoms.ts';

const at = 1_767_614_400_000;

function symptom(service: string, over: Partial<Symptom> = {}): Symptom {
  return { service, region: 'us-east-1', failing: 1, failedIn: 'answer', since: at, sickAddresses: [], reason: '503', ...over };
}

function well(service: string, over: Partial<Symptom> = {}): Symptom {
  return symptom(service, { failing: 0, failedIn: null, since: null, reason: 'well', ...over });
}

const edges = [
  { from: 'checkout', to: 'payments', hard: true },
  { from: 'checkout', to: 'aws-dynamodb', hard: true },
  { from: 'payments', to: 'aws-s3', hard: true },
];

function question(symptoms: Symptom[], over: Partial<CauseQuestion> = {}): CauseQuestion {
  return {
    ...{ region: 'us-east-1', services: ['checkout'], edges, symptoms, releases: [], silent: false, agree: 1, disagree: 0 },
    ...{ observer: 'eu-west-1', own: true, inside: false, told: null, dynamodbDnsWeight: 3 },
    ...over,
  };
}

function first(symptoms: Symptom[], over: Partial<CauseQuestion> = {}): string {
  const [best] = rankCauses(question(symptoms, over));
  return best === undefined ? 'none' : `${best.cause} ${best.locus}`;
}

describe('the ranking of root causes', () => {
  it('names the service when it alone fails', () => {
    expect(first([symptom('checkout'), well('payments'), well('aws-dynamodb')])).toBe('checkout/us-east-1 service');
  });

  it('names the dependency that fails with its dependent', () => {
    expect(first([symptom('checkout'), symptom('payments'), well('aws-dynamodb'), well('aws-s3')])).toBe('payments/us-east-1 dependency');
  });

  it('goes down the chain to where it begins', () => {
    expect(first([symptom('checkout'), symptom('payments'), symptom('aws-s3'), well('aws-dynamodb')])).toBe('aws-s3/us-east-1 dependency');
  });

  it('names the region when nothing there can be connected to and its own observer is silent', () => {
    const cut = (service: string) => symptom(service, { failedIn: 'connect' });
    expect(first([cut('checkout'), cut('payments'), cut('aws-dynamodb')], { silent: true })).toBe('us-east-1 region');
  });

  it('tells a dead region from a dead service by its observer when nothing else has been looked at since', () => {
    const alone = [symptom('checkout', { failedIn: 'connect' })];
    expect(first(alone, { silent: true })).toBe('us-east-1 region');
    expect(first(alone, { silent: false })).toBe('checkout/us-east-1 service');
  });

  it('blames the service rather than what it needs when the work that a request takes has changed', () => {
    const both = [symptom('checkout'), symptom('payments', { failing: 0.7 }), well('aws-dynamodb'), well('aws-s3')];
    expect(first(both)).toBe('payments/us-east-1 dependency');
    expect(first(both, { inside: true })).toBe('checkout/us-east-1 service');
  });

  it('does not blame the region for one service that cannot be connected to while the rest is well', () => {
    const refused = symptom('checkout', { failedIn: 'connect' });
    expect(first([refused, well('payments'), well('aws-dynamodb'), well('aws-s3')])).toBe('checkout/us-east-1 service');
  });

  it('names the observer when everything fails everywhere and nobody else sees it', () => {
    const blind = (service: string, region: string) => symptom(service, { region, failedIn: 'connect' });
    const symptoms = ['us-east-1', 'us-west-2'].flatMap((region) => [blind('checkout', region), blind('payments', region)]);
    expect(first(symptoms, { agree: 0, disagree: 2 })).toBe('eu-west-1 observer');
  });

  it('names the release while it is watched, and the service when there was none', () => {
    const symptoms = [symptom('checkout'), well('payments'), well('aws-dynamodb')];
    expect(first(symptoms, { releases: ['checkout'] })).toBe('checkout/us-east-1 release');
    expect(first(symptoms)).toBe('checkout/us-east-1 service');
  });

  it('names the address that fails while its neighbours pass, and the zone that counting has located', () => {
    const partly = symptom('checkout', { failing: 0, failedIn: null, sickAddresses: ['192.0.2.12'] });
    expect(first([partly, well('payments')])).toBe('checkout/us-east-1/192.0.2.12 unit');
    expect(first([partly, well('payments')], { told: { locus: 'zone', service: 'checkout', unit: 'b' } })).toBe('us-east-1/b zone');
  });

  it('lets a failing name of DynamoDB weigh more, as far as it is configured to', () => {
    const symptoms = [symptom('checkout'), symptom('aws-dynamodb', { failedIn: 'resolve' })];
    const share = (dynamodbDnsWeight: number) =>
      rankCauses(question(symptoms, { dynamodbDnsWeight })).find((each) => each.cause === 'aws-dynamodb/us-east-1')?.probability ?? 0;
    expect(share(3)).toBeGreaterThan(share(1));
    expect(share(1)).toBeGreaterThan(share(0.1));
  });

  it('doubts a dependency that began to fail long after its dependent', () => {
    const share = (since: number) =>
      rankCauses(question([symptom('checkout'), symptom('payments', { since })])).find((each) => each.cause.startsWith('payments'))
        ?.probability ?? 0;
    expect(share(at + 200_000)).toBeLessThan(share(at - 10_000));
  });

  it('has no candidate when nothing is known to fail', () => {
    expect(rankCauses(question([]))).toEqual([]);
    expect(rankCauses(question([well('checkout')]))).toEqual([]);
    expect(rankCauses(question([], { services: [], edges: [] }))).toEqual([]);
  });

  it('says what a candidate explains and what speaks against it', () => {
    const [best] = rankCauses(question([symptom('checkout'), symptom('payments'), symptom('aws-sts'), well('aws-dynamodb')]));
    expect(best?.evidence).toContain('explains the failures of');
    expect(best?.evidence).toContain('not that of aws-sts');
  });
});

const names = ['checkout', 'payments', 'cart', 'aws-dynamodb', 'aws-s3', 'aws-sts'];
const anySymptom: fc.Arbitrary<Symptom> = fc.record({
  service: fc.constantFrom(...names),
  region: fc.constantFrom('us-east-1', 'eu-west-1'),
  failing: fc.double({ min: 0, max: 1, noNaN: true }),
  failedIn: fc.constantFrom('resolve', 'connect', 'answer', null),
  since: fc.option(fc.integer({ min: at - 300_000, max: at + 300_000 })),
  sickAddresses: fc.uniqueArray(fc.constantFrom('192.0.2.1', '192.0.2.2'), { maxLength: 2 }),
  reason: fc.constant('reason'),
});
const anyQuestion: fc.Arbitrary<CauseQuestion> = fc.record({
  region: fc.constant('us-east-1'),
  services: fc.uniqueArray(fc.constantFrom('checkout', 'cart'), { maxLength: 2 }),
  // Circles and edges to oneself come up by themselves.
  edges: fc.array(fc.record({ from: fc.constantFrom(...names), to: fc.constantFrom(...names), hard: fc.boolean() }), { maxLength: 12 }),
  symptoms: fc.uniqueArray(anySymptom, { maxLength: 10, selector: ({ service, region }) => `${service}/${region}` }),
  releases: fc.uniqueArray(fc.constantFrom('checkout', 'cart'), { maxLength: 2 }),
  silent: fc.constantFrom(true, false, null),
  agree: fc.nat(4),
  disagree: fc.nat(4),
  observer: fc.constant('eu-west-1'),
  own: fc.boolean(),
  inside: fc.boolean(),
  told: fc.constantFrom(
    null,
    { locus: 'unit' as const, service: 'checkout', unit: '192.0.2.1' },
    { locus: 'zone' as const, service: 'cart', unit: 'b' },
    { locus: 'release' as const, service: 'checkout' },
  ),
  dynamodbDnsWeight: fc.double({ min: 0.01, max: 100, noNaN: true }),
});

describe('whatever is asked', () => {
  it('probabilities are each within 0 to 1, add up to at most 1 and come in order', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        const ranked = rankCauses(asked).map((each) => each.probability);
        for (const each of ranked) expect(each).toSatisfy((value: number) => value >= 0 && value <= 1);
        expect(ranked.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(1 + 1e-9);
        expect(ranked).toEqual(ranked.toSorted((a, b) => b - a));
      }),
    );
  });

  it('the order in which facts, services and edges are given changes nothing', () => {
    fc.assert(
      fc.property(anyQuestion, fc.infiniteStream(fc.nat()), (asked, order) => {
        const shuffled = <T>(all: readonly T[]): T[] =>
          all
            .map((value) => ({ value, key: order.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ value }) => value);
        const again = rankCauses({
          ...asked,
          symptoms: shuffled(asked.symptoms),
          edges: shuffled(asked.edges),
          services: shuffled(asked.services),
          releases: shuffled(asked.releases),
        });
        const shares = (all: typeof again) => Object.fromEntries(all.map((each) => [`${each.locus} ${each.cause}`, each.probability]));
        const [before, after] = [shares(rankCauses(asked)), shares(again)];
        expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
        for (const [key, value] of Object.entries(before)) expect(after[key]).toBeCloseTo(value, 9);
      }),
    );
  });
});
