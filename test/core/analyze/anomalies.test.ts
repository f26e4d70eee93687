import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { anomalyNews } from '../../../core/analyze/active-anomalies.ts';
import { judgeByCanary } from '../../../core/analyze/alerts/release-canary.ts';
import { watchMinute } from '../../../core/analyze/alerts/watch-minute.ts';
import { emptySeriesMemory, watchSeries } from '../../../core/analyze/anomalies.ts';
import { type ForestMemory, type RegionRow, watchRegions } from '../../../core/analyze/systemic.ts';
import { initConsensus } from '../../../core/knowledge/consensus.ts';
import { type CorroborationQuestion, corroborated } from '../../../core/knowledge/corroboration.ts';
import { FlaggedLog, flaggedKey } from '../../../core/knowledge/judgement.ts';
import { putStored, readStored } from '../../../core/knowledge/stored.ts';
import { lookAtSymptoms } from '../../../core/knowledge/symptoms.ts';
import { calmWatch, type WatchState, watchKey } from '../../../core/knowledge/watch-state.ts';
import { type AnomalyNews, Incident, Observation, type Sample, storeKey } from '../../../core/model/index.ts';
import { type RegionBench, regionContext, startAt } from '../region-context.ts';
import { latencies } from './detect/traffic.ts';

function sample(bench: RegionBench, endpoint: string, failed: boolean): Sample {
  return {
    id: bench.ctx.ports.ids.next('sample'),
    at: bench.clock.now(),
    vantage: bench.ctx.region,
    subject: { service: 'checkout', region: 'us-east-1', endpoint },
    address: '192.0.2.11',
    verdict: failed ? 'fail' : 'pass',
    status: failed ? 'critical' : 'healthy',
    phasesMs: { firstByte: 40 },
    dimension: 'liveness',
    reason: failed ? '503' : '200',
  };
}

describe('what the detectors find', () => {
  it('is told in the observation while it lasts, whichever process found it, and written once in two minutes', async () => {
    const bench = regionContext();
    const memory = emptySeriesMemory();
    const slots = async (count: number, failed: boolean) => {
      for (let slot = 0; slot < count; slot += 1) {
        await watchSeries(bench.ctx, memory, [sample(bench, 'health', failed), sample(bench, 'order', failed)]);
        await bench.pass(20);
      }
    };
    await slots(10, false);
    expect(await anomalyNews(bench.ctx)).toEqual([]);
    await slots(12, true);
    expect(await anomalyNews(bench.ctx)).toMatchObject([
      { service: 'checkout', region: 'us-east-1', kind: 'errors', endpoints: 2, severity: 'warning' },
    ]);
    const kept = await bench.ctx.ports.store.get(storeKey.detector('anomalies'), { deadlineAt: bench.clock.now() + 1000 });
    expect(kept.ok && kept.value?.version).toBe(2);
    const log = await readStored(bench.ctx.ports.store, bench.clock, flaggedKey, FlaggedLog);
    expect(log.ok && log.value.value).toHaveLength(bench.of('AnomalyFlagged').length);
    await bench.pass(301);
    expect(await anomalyNews(bench.ctx)).toEqual([]);
  });
});

describe('how often a detector alarms', () => {
  it('is counted by alarms, not by the looks that an alarm lasts while other endpoints are well', async () => {
    const bench = regionContext();
    const memory = emptySeriesMemory();
    for (let slot = 0; slot < 40; slot += 1) {
      await watchSeries(bench.ctx, memory, [sample(bench, 'health', slot >= 10), sample(bench, 'order', false)]);
      await bench.pass(20);
    }
    expect(memory.judgement.records.sustained?.alarms).toBeCloseTo(1, 2);
  });
});

describe('what is kept of a series', () => {
  it('is never older than two hours, though no process lives for that long, and written no more often than that', async () => {
    const bench = regionContext();
    const { store } = bench.ctx.ports;
    const savedAt: number[] = [];
    let memory = emptySeriesMemory();
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      if (minute % 50 === 0) memory = emptySeriesMemory();
      await watchSeries(bench.ctx, memory, [sample(bench, 'health', false)]);
      const kept = await store.get(storeKey.detector('checkout/us-east-1/health'), { deadlineAt: bench.clock.now() + 1000 });
      if (kept.ok && kept.value !== null && kept.value.version > savedAt.length) savedAt.push(bench.clock.now());
      await bench.pass(60);
    }
    const hours = savedAt.slice(1).map((at, index) => (at - (savedAt[index] ?? 0)) / 3_600_000);
    expect(new Set(hours)).toEqual(new Set([2]));
  });
});

const latency: AnomalyNews = {
  ...{ service: 'checkout', region: 'us-east-1', kind: 'latency', endpoints: 1, severity: 'warning', confidence: 0.7 },
  ...{ since: startAt, reason: 'latency 90 ms against 50 ms expected' },
};
const seen = (observer: string, anomalies: AnomalyNews[], at = startAt): Observation => ({
  ...{ observer, at, abstains: false, traffic: {}, reason: 'seen', anomalies },
  views: ['us-east-1', 'eu-west-1', 'us-west-2'].map((region) => ({
    ...{ group: 'checkout', region, status: 'healthy' as const, score: 1, responseMs: 50, since: 0, reason: 'well' },
  })),
});

describe('corroboration', () => {
  const ask = (observations: Observation[], over: Partial<CorroborationQuestion> = {}) =>
    corroborated({
      ...{ service: 'checkout', region: 'us-east-1', kind: 'latency', observations, now: startAt, stalenessSeconds: 90 },
      ...over,
    });

  it('asks for two observers or two endpoints, and adds their voices up', () => {
    expect(ask([seen('eu-west-1', [{ ...latency, confidence: 0.95 }])])).toBeNull();
    expect(ask([seen('eu-west-1', [latency]), seen('us-west-2', [latency])])?.confidence).toBeCloseTo(0.91, 6);
    expect(ask([seen('eu-west-1', [{ ...latency, endpoints: 2 }])])?.confidence).toBeCloseTo(0.91, 6);
  });

  it('does not count who abstains, what is old, what is about something else, or voices that are too doubtful together', () => {
    const other = seen('us-west-2', [latency]);
    expect(ask([seen('eu-west-1', [latency]), { ...other, abstains: true }])).toBeNull();
    expect(ask([seen('eu-west-1', [latency]), seen('us-west-2', [latency], startAt - 91_000)])).toBeNull();
    expect(ask([seen('eu-west-1', [latency]), seen('us-west-2', [{ ...latency, kind: 'errors' }])])).toBeNull();
    const doubtful = { ...latency, confidence: 0.5 };
    expect(ask([seen('eu-west-1', [doubtful]), seen('us-west-2', [doubtful])])).toBeNull();
  });

  it('lets the forest of one observer speak for a region, but not of one that finds most regions odd', () => {
    const systemic = (region: string): AnomalyNews => ({ ...latency, service: '*', region, kind: 'systemic', severity: 'critical' });
    expect(ask([seen('eu-west-1', [systemic('us-east-1')])], { kind: 'systemic' })?.severity).toBe('critical');
    expect(ask([seen('eu-west-1', [systemic('us-east-1'), systemic('us-west-2')])], { kind: 'systemic' })).toBeNull();
  });
});

async function incidents(bench: RegionBench): Promise<Incident[]> {
  const read = await bench.ctx.ports.store.query('incident#', 50, { deadlineAt: bench.clock.now() + 1000 });
  return read.ok ? read.value.map((item) => Incident.parse(item.body)) : [];
}

/** `minutes` minutes in which the observers keep saying the same. */
async function minutes(bench: RegionBench, count: number, voices: Record<string, AnomalyNews[]>): Promise<void> {
  const { store, clock } = bench.ctx.ports;
  for (let minute = 0; minute < count; minute += 1) {
    for (const [observer, anomalies] of Object.entries(voices)) {
      const key = storeKey.observation(observer);
      const read = await readStored(store, clock, key, Observation);
      await putStored(store, clock, key, seen(observer, anomalies, clock.now()), read.ok ? read.value.version : 0);
    }
    await watchMinute(bench.ctx, judgeByCanary);
    await bench.pass(60);
  }
}

describe('an anomaly that others bear out', () => {
  it('opens a warning of its kind once it has lasted three minutes, and is over when nobody shows it any more', async () => {
    const bench = regionContext();
    const voices = { 'eu-west-1': [latency], 'us-west-2': [latency] };
    await minutes(bench, 3, voices);
    expect(await incidents(bench)).toEqual([]);
    await minutes(bench, 1, voices);
    const [incident, ...others] = await incidents(bench);
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      alert: 'latency-anomaly',
      severity: 'warning',
      subject: { service: 'checkout', region: 'us-east-1' },
    });
    if (incident === undefined) return;
    expect(await lookAtSymptoms(bench.ctx, incident)).toMatchObject({ gone: false });
    await minutes(bench, 1, { 'eu-west-1': [latency], 'us-west-2': [] });
    expect(bench.of('AlertCleared')).toHaveLength(1);
    expect(await lookAtSymptoms(bench.ctx, incident)).toMatchObject({ gone: false });
    await minutes(bench, 1, { 'eu-west-1': [], 'us-west-2': [] });
    expect(await lookAtSymptoms(bench.ctx, incident)).toMatchObject({ gone: true });
  });

  it('is flagged and no more when one observer shows it at one endpoint', async () => {
    const bench = regionContext();
    await minutes(bench, 8, { 'eu-west-1': [latency], 'us-west-2': [] });
    expect(await incidents(bench)).toEqual([]);
  });

  it('is critical when the detectors are sure of it', async () => {
    const bench = regionContext();
    await minutes(bench, 4, { 'eu-west-1': [{ ...latency, severity: 'critical', confidence: 0.95 }], 'us-west-2': [latency] });
    expect(await incidents(bench)).toMatchObject([{ alert: 'latency-anomaly', severity: 'critical' }]);
  });

  it('strengthens what a rule has found of the same service, and opens nothing beside it', async () => {
    const bench = regionContext();
    const alarm = {
      ...{ alert: 'crash-loop', service: 'checkout', locus: 'service' as const, since: startAt, seenAt: startAt, raisedAt: startAt },
      ...{ incident: 'inc-1', held: null, reason: '3 times unit-crashed' },
    };
    const events = [1, 2, 3].map((id) => ({ event: 'unit-crashed' as const, service: 'checkout', at: startAt, id: `${id}` }));
    const watch: WatchState = { ...calmWatch, alarms: { 'crash-loop|checkout': alarm }, events };
    await putStored(bench.ctx.ports.store, bench.clock, watchKey, watch, 0);
    await minutes(bench, 5, { 'eu-west-1': [latency], 'us-west-2': [latency] });
    expect(await incidents(bench)).toEqual([]);
    expect(bench.of('AlertHeld')).toMatchObject([{ data: { alert: 'latency-anomaly', incident: 'inc-1' } }]);
    expect(bench.of('AlertHeld')[0]?.reason).toContain('strengthens crash-loop of checkout');
  });
});

describe('a region that is odd as a whole', () => {
  const systemic: AnomalyNews = { ...latency, service: '*', kind: 'systemic', severity: 'critical', reason: '40 % of the last 200 rows' };

  it('opens a critical incident though no endpoint stands out, and what endpoints show later is a part of it', async () => {
    const bench = regionContext();
    await minutes(bench, 4, { 'eu-west-1': [systemic] });
    expect(await incidents(bench)).toMatchObject([{ alert: 'systemic', severity: 'critical', locus: 'region' }]);
    await minutes(bench, 5, { 'eu-west-1': [systemic, latency], 'us-west-2': [latency] });
    expect(await incidents(bench)).toHaveLength(1);
    expect(bench.of('AlertHeld')).toMatchObject([{ data: { alert: 'latency-anomaly' } }]);
  });

  const minuteMs = 60_000;
  const rows = (values: readonly number[], from: number): RegionRow[] =>
    values.map((value, index) => ({ region: 'us-east-1', at: startAt + (from + index) * minuteMs, value, ok: true }));

  it('is judged by a forest that is saved when it is grown, and goes on the same in another process', async () => {
    const bench = regionContext();
    // The saves of every six hours fall between its beginning and its end, not on it.
    await bench.pass(100 * 60);
    const forests: ForestMemory = new Map();
    const look = (memory: ForestMemory, row: RegionRow) => watchRegions(bench.ctx, memory, initConsensus(), [row]);
    for (const row of rows(latencies(1450), 0)) await look(forests, row);
    const saved = await readStored(
      bench.ctx.ports.store,
      bench.clock,
      storeKey.detector('forest#us-east-1'),
      z.object({ state: z.string() }),
    );
    const state = forests.get('us-east-1')?.state;
    expect(state?.baseline).toHaveLength(1024);
    expect(saved.ok && saved.value.value?.state).toContain(`"trainedAt":${state?.trainedAt}`);
    await putStored(
      ...([bench.ctx.ports.store, bench.clock, storeKey.detector('forest#us-east-1')] as const),
      { state: JSON.stringify({ detector: 'isolation-forest', version: 1, state }) },
      saved.ok ? saved.value.version : 0,
    );
    const elsewhere: ForestMemory = new Map();
    const odd = rows(
      latencies(200, 9).map((value) => 2 * value),
      1450,
    );
    let found = 0;
    for (const row of odd) {
      const here = await look(forests, row);
      expect(await look(elsewhere, row)).toEqual(here);
      found += here.length;
    }
    expect(found).toBeGreaterThan(0);
  });

  it('looks at some rows of many, so that a fleet costs no more than a few endpoints', async () => {
    const bench = regionContext();
    const forests: ForestMemory = new Map();
    const many = Array.from({ length: 5_000 }, () => ({ region: 'us-east-1', at: startAt, value: 1, ok: true }));
    await watchRegions(bench.ctx, forests, initConsensus(), many);
    expect(forests.get('us-east-1')?.state.offered).toBe(16);
  });
});
