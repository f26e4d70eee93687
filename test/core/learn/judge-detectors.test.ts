import { describe, expect, it } from 'vitest';
import { emptyJudgement, logFlagged, syncJudgement } from '../../../core/analyze/judgement-memory.ts';
import { thresholdOf, weigh } from '../../../core/knowledge/consensus.ts';
import { watchFindings } from '../../../core/knowledge/detector-records.ts';
import { type FlaggedAnomaly, Learned, learnedKey } from '../../../core/knowledge/judgement.ts';
import { readStored } from '../../../core/knowledge/stored.ts';
import { judgeDetectors } from '../../../core/learn/judge-detectors.ts';
import type { Incident } from '../../../core/model/index.ts';
import { incidentOf } from '../incident-of.ts';
import { type RegionBench, regionContext, startAt } from '../region-context.ts';

const hour = 3_600_000;
const flagged = (at: number, over: Partial<FlaggedAnomaly> = {}): FlaggedAnomaly => ({
  ...{ service: 'checkout', region: 'us-east-1', at, confidence: 0.7, detectors: [{ name: 'onset', score: 0.6 }] },
  ...over,
});
const incident = (at: number, over: Partial<Incident> = {}) =>
  incidentOf({ id: `inc-${at}`, state: 'resolved', openedAt: at, deadlineAt: at, resolvedAt: at + hour / 4, ...over });

/** What stands in the table after the hours in which `what` happened were judged. */
async function learn(bench: RegionBench, log: FlaggedAnomaly[], incidents: Incident[], hours = 3): Promise<Learned> {
  await logFlagged(bench.ctx, log);
  for (let past = 0; past < hours; past += 1) {
    await judgeDetectors(bench.ctx, incidents);
    await bench.pass(3_600);
  }
  await judgeDetectors(bench.ctx, incidents);
  const read = await readStored(bench.ctx.ports.store, bench.clock, learnedKey, Learned);
  if (!read.ok || read.value.value === null) throw new Error('nothing was learned');
  return read.value.value;
}

const about = { subject: { service: 'checkout', region: 'us-east-1' }, at: startAt, type: 'endpoint' };

describe('what became of anomalies', () => {
  it('makes a detector trusted more when an incident bore it out, once, and analyze takes that over within the hour', async () => {
    const bench = regionContext();
    const learned = await learn(bench, [flagged(startAt + 60_000)], [incident(startAt + 120_000)], 5);
    expect(learned.consensus.trust).toEqual({ onset: { real: 5, noise: 1 } });
    const memory = emptyJudgement();
    await syncJudgement(bench.ctx, memory);
    expect(memory.consensus.trust).toEqual(learned.consensus.trust);
  });

  it('is not decided before an hour has passed, as a slow incident may still open', async () => {
    const bench = regionContext();
    expect((await learn(bench, [flagged(startAt + 60_000)], [], 1)).consensus.trust).toEqual({});
  });

  it('makes noise of what nothing came of, until the detector alone is no anomaly any more', async () => {
    const bench = regionContext();
    const finding = [{ detector: 'onset', score: 0.6, reason: 'odd' }];
    expect(weigh(emptyJudgement().consensus, about, finding)).toBeDefined();
    const learned = await learn(
      bench,
      [1, 2, 3].map((minute) => flagged(startAt + minute * 60_000)),
      [incident(startAt, { subject: { service: 'payments', region: 'us-east-1' } }), incident(startAt + 5 * hour)],
    );
    expect(learned.consensus.trust).toEqual({ onset: { real: 4, noise: 4 } });
    expect(weigh(learned.consensus, about, finding)).toBeUndefined();
  });

  it('is not borne out by an incident that detectors opened by themselves, unless what was done about it helped', async () => {
    const own = { alert: 'latency-anomaly' };
    const alone = await learn(regionContext(), [flagged(startAt + 60_000)], [incident(startAt + 90_000, own)]);
    expect(alone.consensus.trust).toEqual({ onset: { real: 4, noise: 2 } });
    const helped = await learn(
      regionContext(),
      [flagged(startAt + 60_000)],
      [incident(startAt, { ...own, tried: ['0.soft:1:0=verified'] })],
    );
    expect(helped.consensus.trust).toEqual({ onset: { real: 5, noise: 1 } });
  });

  it('counts an anomaly of a neighbour when the whole region or what others need was struck', async () => {
    const neighbour = flagged(startAt + 60_000, { service: 'payments' });
    const learned = await learn(regionContext(), [neighbour], [incident(startAt + 90_000, { group: 'checkout' })]);
    expect(learned.consensus.trust).toEqual({ onset: { real: 5, noise: 1 } });
  });

  it('lowers the bar for an incident that no detector saw, but not for one that probes cannot see', async () => {
    const missed = await learn(regionContext(), [], [incident(startAt + 60_000)]);
    expect(thresholdOf(missed.consensus)).toBeLessThan(0.55);
    const disk = await learn(regionContext(), [], [incident(startAt + 60_000, { alert: 'disk' })]);
    expect(thresholdOf(disk.consensus)).toBe(0.55);
  });
});

describe('a detector that drifts', () => {
  it('is reported to people, on the timeline and as a metric, once a day', async () => {
    const bench = regionContext();
    const noise = Array.from({ length: 25 }, (_, index) => flagged(startAt + 1_000 + index * 60_000, { confidence: 0.8 }));
    await learn(bench, noise, [], 6);
    expect(bench.of('DetectorDrifted')).toMatchObject([{ data: { detector: 'onset', drift: 'overconfident' } }]);
    expect(bench.notified.sent.map(({ notification }) => notification.title)).toEqual([
      'the detector onset of us-east-1 drifts: overconfident',
    ]);
    const dimensions = { Region: 'us-east-1', Detector: 'onset' };
    const query = { namespace: 'Evenkeel', name: 'LearnDetectorDrift', dimensions, statistic: 'Sum', periodSeconds: 3_600 };
    const [metric] = bench.cloudwatch.read({ ...query, from: startAt, to: bench.clock.now() + 1 }, bench.clock.now());
    expect(metric?.points.map((point) => point.value)).toEqual([1]);
    await learn(bench, [], [], 24);
    expect(bench.of('DetectorDrifted')).toHaveLength(2);
  });

  it('has its alarms counted by analyze, which goes on counting in another process', async () => {
    const bench = regionContext();
    const [one, other] = [emptyJudgement(), emptyJudgement()];
    await syncJudgement(bench.ctx, one);
    watchFindings(one.records, [{ detector: 'onset', score: 0.9 }], new Set());
    await bench.pass(3_601);
    await syncJudgement(bench.ctx, one);
    await syncJudgement(bench.ctx, other);
    expect(other.records).toEqual(one.records);
    expect(other.records.onset?.alarms).toBe(1);
  });
});
