import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCascade } from '../../../../core/analyze/cause/cascade.ts';
import { needsOf, pathOf, spread } from '../../../../core/analyze/cause/graph.ts';

const chain = [
  { from: 'shop', to: 'checkout', hard: true },
  { from: 'checkout', to: 'payments', hard: true },
  { from: 'ads', to: 'payments', hard: false },
];
const base = { region: 'us-east-1', edges: chain, services: ['shop', 'checkout', 'payments', 'ads', 'blog'] };

function cause(name: string, probability: number, locus: 'dependency' | 'region' | 'unit' = 'dependency') {
  return { cause: name, locus, probability, evidence: '' };
}

describe('the risk of a cascade', () => {
  it('is high when a hard dependency fails and its dependents do not yet, and names the path and who is next', () => {
    const { risk, atRisk, path, blastRadius } = judgeCascade({
      ...base,
      failing: ['payments'],
      ranked: [cause('payments/us-east-1', 0.95)],
    });
    expect(risk).toBeGreaterThan(0.7);
    expect(atRisk.map((each) => each.service)).toEqual(['checkout', 'shop', 'ads']);
    expect(path).toEqual(['payments', 'checkout']);
    expect(blastRadius.services).toEqual(['shop/us-east-1', 'checkout/us-east-1', 'payments/us-east-1']);
    expect(blastRadius.share).toBeCloseTo(3 / 5);
  });

  it('is low when only a soft dependent is left, and nothing when all have fallen or nothing depends on it', () => {
    const fallen = ['payments', 'checkout', 'shop'];
    expect(judgeCascade({ ...base, failing: fallen, ranked: [cause('payments/us-east-1', 1)] }).risk).toBeCloseTo(0.3);
    expect(judgeCascade({ ...base, failing: ['blog'], ranked: [cause('blog/us-east-1', 1)] })).toMatchObject({
      risk: 0,
      atRisk: [],
      path: [],
    });
  });

  it('is no matter of the graph when a region or a unit is at fault, but a dead region hits all that run there', () => {
    const dead = judgeCascade({ ...base, failing: ['shop'], ranked: [cause('us-east-1', 0.9, 'region')] });
    expect(dead).toMatchObject({ risk: 0, atRisk: [] });
    expect(dead.blastRadius.share).toBe(1);
    expect(judgeCascade({ ...base, failing: [], ranked: [cause('checkout/us-east-1/192.0.2.1', 1, 'unit')] }).risk).toBe(0);
  });

  it('is nothing without candidates, edges or services', () => {
    const empty = judgeCascade({ region: 'us-east-1', edges: [], services: [], failing: [], ranked: [] });
    expect(empty).toEqual({ risk: 0, atRisk: [], path: [], blastRadius: { services: [], share: 0 } });
  });
});

const names = ['a', 'b', 'c', 'd', 'e'];
const anyEdges = fc.array(fc.record({ from: fc.constantFrom(...names), to: fc.constantFrom(...names), hard: fc.boolean() }), {
  maxLength: 25,
});

describe('any graph, circles included', () => {
  it('spreads with probabilities, to exactly what needs the failed, and more the more has failed', () => {
    fc.assert(
      fc.property(anyEdges, fc.uniqueArray(fc.constantFrom(...names), { maxLength: 5 }), (edges, failed) => {
        const reached = spread(edges, failed);
        for (const [name, value] of reached) {
          expect(value).toSatisfy((each: number) => each > 0 && each <= 1);
          const needs = needsOf(edges, [name]);
          expect(failed.includes(name) || failed.some((each) => needs.has(each))).toBe(true);
        }
        const fewer = spread(edges, failed.slice(1));
        for (const [name, value] of fewer) expect(reached.get(name) ?? 0).toBeGreaterThanOrEqual(value - 1e-5);
      }),
    );
  });

  it('keeps the risk within 0 to 1', () => {
    fc.assert(
      fc.property(anyEdges, fc.constantFrom(...names), fc.double({ min: 0, max: 1, noNaN: true }), (edges, origin, probability) => {
        const { risk, atRisk } = judgeCascade({
          region: 'r',
          edges,
          services: names,
          failing: [],
          ranked: [cause(`${origin}/r`, probability)],
        });
        expect(risk).toSatisfy((each: number) => each >= 0 && each <= 1);
        for (const each of atRisk) expect(each.probability).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('finds a way from the failed to whom it reaches', () => {
    fc.assert(
      fc.property(anyEdges, fc.constantFrom(...names), fc.constantFrom(...names), (edges, from, to) => {
        const path = pathOf(edges, from, to);
        if (from === to || !needsOf(edges, [to]).has(from)) return;
        expect([path[0], path.at(-1)]).toEqual([from, to]);
        for (const [index, name] of path.slice(1).entries())
          expect(edges.some((edge) => edge.from === name && edge.to === path[index])).toBe(true);
      }),
    );
  });
});
