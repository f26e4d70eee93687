import { describe, expect, it } from 'vitest';
import { emptyCorrelations, stepCorrelations } from '../../../../core/analyze/detect/correlations.ts';
import { seededRandom } from '../../../../core/analyze/detect/random.ts';

const random = seededRandom(3);
/** Requests drive CPU; disk does what it wants. When broken, CPU no longer follows. */
function reading(broken: boolean): Record<string, number> {
  const requests = 100 + 50 * random();
  return { requests, cpu: (broken ? 100 + 50 * random() : requests) / 2 + 3 * random(), disk: random() };
}

describe('stepCorrelations', () => {
  it('keeps still while things move as they used to, and names the pair that stops doing so', () => {
    const state = emptyCorrelations();
    for (let i = 0; i < 600; i++) expect(stepCorrelations(state, reading(false))).toEqual([]);
    const found = Array.from({ length: 120 }, () => stepCorrelations(state, reading(true)));
    const broken = found.flat();
    expect(broken.length).toBeGreaterThan(20);
    expect(new Set(broken.map(({ a, b }) => `${a}-${b}`))).toEqual(new Set(['cpu-requests']));
    expect(broken[0]?.score).toBeGreaterThan(0.5);
    expect(broken[0]?.reason).toContain('cpu and requests used to move together');
  });

  it('says nothing of a pair that never moved together closely, even when it turns round', () => {
    const state = emptyCorrelations();
    const loose = (sign: number) => {
      const a = random();
      return { a, b: sign * 0.65 * a + random() };
    };
    for (let i = 0; i < 600; i++) stepCorrelations(state, loose(1));
    const found = Array.from({ length: 200 }, () => stepCorrelations(state, loose(-0.8)));
    expect(found.flat()).toEqual([]);
  });

  it('goes on identically from saved JSON', () => {
    const state = emptyCorrelations();
    const readings = Array.from({ length: 300 }, (_, i) => reading(i > 250));
    for (const each of readings.slice(0, 260)) stepCorrelations(state, each);
    const copy = JSON.parse(JSON.stringify(state));
    for (const each of readings.slice(260)) expect(stepCorrelations(copy, each)).toEqual(stepCorrelations(state, each));
    expect(copy).toEqual(state);
  });

  it('is not spoilt by numbers that nothing measures', () => {
    const state = emptyCorrelations();
    for (const huge of [Number.MAX_VALUE, -Number.MAX_VALUE, Number.POSITIVE_INFINITY]) stepCorrelations(state, { cpu: huge, requests: 1 });
    for (const large of [1e99, -1e99, 1e99]) stepCorrelations(state, { cpu: large, requests: large });
    expect(JSON.stringify(state)).not.toContain('null');
    expect(state.pairs).toMatchObject([{ a: 'cpu', b: 'requests', seen: 3 }]);
  });

  it('takes constants, gaps and one measure alone without a word', () => {
    const state = emptyCorrelations();
    for (let i = 0; i < 500; i++) expect(stepCorrelations(state, { a: 5, b: i, c: i % 3 === 0 ? Number.NaN : i })).toEqual([]);
    expect(stepCorrelations(emptyCorrelations(), { alone: 1 })).toEqual([]);
  });
});
