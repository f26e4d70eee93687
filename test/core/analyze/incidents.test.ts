import { describe, expect, it, test } from 'vitest';
import { judgeRegions, noteIncident } from '../../../core/analyze/incidents.ts';
import { Incident, type Observation } from '../../../core/model/index.ts';
import { incidentItem } from '../../simulator/checkers/truth.ts';
import { regionContext, startAt } from '../region-context.ts';

/** What both others say of us-east-1, whose traffic the incident has just moved away. */
function seenBy(observer: string, at: number): Observation {
  const view = {
    group: 'checkout',
    region: 'us-east-1',
    status: 'unhealthy',
    score: 0,
    responseMs: 1,
    since: 0,
    reason: 'a test',
  } as const;
  return { observer, at, abstains: false, views: [view], traffic: {}, reason: 'a test' };
}

describe('the end of an incident', () => {
  it('opens no second one while the outcome that it has overtaken is on its way, and does when none has come', async () => {
    const bench = regionContext(undefined, 'eu-west-1');
    const opened = () => bench.of('IncidentOpened').length;
    const judge = () =>
      judgeRegions(
        bench.ctx,
        ['eu-west-1', 'us-west-2'].map((observer) => seenBy(observer, bench.ctx.ports.clock.now())),
      );
    const over = Incident.parse({ ...(incidentItem().body as object), group: 'checkout', state: 'resolved', resolvedAt: startAt });
    await noteIncident(bench.ctx, over);
    await judge();
    await bench.pass(60);
    await judge();
    expect(opened()).toBe(0);
    await bench.pass(31);
    await judge();
    expect(opened()).toBe(1);
  });
});

const view = (observer: string, status: 'healthy' | 'unhealthy', since: number): Observation => ({
  ...{ observer, at: startAt, abstains: false, traffic: {}, reason: 'seen' },
  views: [{ group: 'checkout', region: 'us-east-1', status, score: 0, responseMs: 40, since, reason: status }],
});

test('an incident of a region began when the first of those who agree saw it fail', async () => {
  const bench = regionContext(undefined, 'eu-west-1');
  const healthySince = startAt - 9_000_000;
  const seen = [view('eu-west-1', 'unhealthy', startAt - 20_000), view('us-west-2', 'unhealthy', startAt - 45_000)];
  for (const passed of [0, 60]) {
    await bench.pass(passed);
    await judgeRegions(
      bench.ctx,
      [...seen, view('us-east-1', 'healthy', healthySince)].map((each) => ({ ...each, at: bench.clock.now() })),
    );
  }
  const read = await bench.ctx.ports.store.query('incident#', 9, { deadlineAt: bench.clock.now() + 1000 });
  const opened = read.ok ? read.value.map((item) => Incident.parse(item.body)) : [];
  expect(opened).toMatchObject([{ group: 'checkout', onsetAt: startAt - 45_000 }]);
});
