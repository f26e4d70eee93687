import { describe, expect, it } from 'vitest';
import { openIncident } from '../../../core/analyze/incidents.ts';
import { reconsiderCauses } from '../../../core/analyze/reconsider-causes.ts';
import { readIncident } from '../../../core/knowledge/incidents.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type EndpointState, storeKey } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { SeededRandom } from '../../../simulator/world/random.ts';
import { incidentOf } from '../incident-of.ts';
import { configOf, keepHealth, regionContext, startAt } from '../region-context.ts';

const regional = { id: 'inc-checkout-us-east-1-1', cause: 'unknown', state: 'open', attempt: 0, reason: 'a quorum' } as const;
const incident = incidentOf({ ...regional, group: 'checkout', region: 'eu-west-1', alert: 'region-impaired' });
/** The same, as us-east-1 sees it of itself. */
const own = incidentOf({ ...regional, id: 'inc-checkout-us-east-1-error-rate-1' });

const inVirginia = () => inIreland('us-east-1');

/** eu-west-1 with an incident about checkout in us-east-1, which needs payments, as ads does. */
function inIreland(region = 'eu-west-1') {
  const needsPayments = { dependsOn: [{ service: 'payments' }] };
  const targetGroups = ['arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/checkout/0123456789abcdef'];
  const counted = { deployments: Object.fromEntries(shopRegions.map((each) => [each, { ...ecs(4), targetGroups }])) };
  const other = { failover: false, endpoints: [] };
  const { trafficGroup: _, ...ungrouped } = checkout(other);
  const services = [
    checkout({ ...needsPayments, ...counted }),
    { ...ungrouped, name: 'payments' },
    { ...ungrouped, name: 'ads', ...needsPayments },
  ];
  const bench = regionContext(configOf(shop(services, [checkoutGroup(1)])), region);
  const { clock } = bench.ctx.ports;
  const see = async (service: string, status: 'healthy' | 'unhealthy') => {
    const subject = { service, region: 'us-east-1' };
    const failed = status === 'unhealthy';
    const endpoint: EndpointState = {
      ...{ status, failures: failed ? 3 : 0, successes: failed ? 0 : 3, at: clock.now(), responseMs: 50, weight: 1, dimension: 'liveness' },
      ...{ sickAddresses: [], addresses: 1, last: failed ? 'fail' : 'pass', reason: failed ? '503' : '200' },
      ...(failed ? { failedIn: 'answer' as const } : {}),
    };
    const health = { subject, at: clock.now(), status, score: 0, dimensions: {}, reason: '', evidence: [] };
    await keepHealth(bench.ctx, { health, since: clock.now(), endpoints: { health: endpoint } });
  };
  return { ...bench, see };
}

describe('an incident', () => {
  it('opens with its likeliest cause, its locus and the evidence, and with the candidates on the timeline', async () => {
    const { ctx, see, of } = inIreland();
    for (const service of ['checkout', 'payments']) await see(service, 'unhealthy');
    const opened = await openIncident(ctx, incident);
    expect(opened).toMatchObject({ ok: true, value: { locus: 'dependency', cause: expect.stringContaining('payments/us-east-1') } });
    expect(opened.ok && opened.value.reason).toContain('explains the failures of checkout, payments');
    const [entry] = of('CauseRanked');
    expect(entry?.data).toMatchObject({
      incident: incident.id,
      candidates: [{ cause: 'payments/us-east-1', locus: 'dependency' }, {}, {}],
    });
  });

  it('tells people once that the failure may spread, to whom, by which way and what to do', async () => {
    const { ctx, see, notified } = inIreland();
    for (const service of ['checkout', 'payments']) await see(service, 'unhealthy');
    await openIncident(ctx, incident);
    await reconsiderCauses(ctx);
    expect(notified.sent).toHaveLength(1);
    const [note] = notified.sent;
    expect(note?.notification.text).toMatch(
      /next: ads \d+ %; by way of payments → ads;.*advised: open the breaker between ads and payments/,
    );
  });

  it('is given another cause when the facts change, within the minute in which it is reconsidered', async () => {
    const { ctx, see } = inIreland();
    for (const service of ['checkout', 'payments']) await see(service, 'unhealthy');
    await openIncident(ctx, incident);
    await see('payments', 'healthy');
    await reconsiderCauses(ctx);
    expect(await readIncident(ctx, incident.id)).toMatchObject({
      value: { locus: 'service', cause: expect.stringContaining('checkout/us-east-1') },
    });
  });

  it('keeps the unit that counting has located: remedies are bound to it', async () => {
    const { ctx, see } = inIreland();
    for (const service of ['checkout', 'payments']) await see(service, 'unhealthy');
    const { group: _, ...own } = incident;
    const opened = await openIncident(ctx, { ...own, locus: 'unit', subject: { ...own.subject, unit: '192.0.2.11' }, cause: 'counted' });
    expect(opened).toMatchObject({ value: { locus: 'unit', cause: 'counted' } });
  });

  it('takes from the region itself which zone is dark there: nobody sees that from outside', async () => {
    const { ctx, see, of } = inIreland();
    await see('checkout', 'unhealthy');
    await see('payments', 'healthy');
    const zone = { service: '*', locus: 'zone' as const, unit: 'c' };
    const said = { observer: 'us-east-1', at: startAt, abstains: false, views: [], traffic: {}, reason: '', located: [zone] };
    await openIncident(ctx, incident);
    expect(of('CauseRanked')[0]?.data.candidates).not.toContainEqual(expect.objectContaining({ locus: 'zone' }));
    await putStored(ctx.ports.store, ctx.ports.clock, storeKey.observation('us-east-1'), said, 0);
    await reconsiderCauses(ctx);
    const candidates = of('CauseRanked').at(-1)?.data.candidates;
    expect(candidates).toContainEqual(expect.objectContaining({ cause: 'us-east-1/c', locus: 'zone' }));
  });

  it('of the detectors of one observer, which no peer bears out, names that observer', async () => {
    const { ctx, see } = inVirginia();
    await see('checkout', 'healthy');
    for (const observer of ['us-east-1', 'eu-west-1', 'us-west-2']) {
      const view = { group: 'checkout', region: 'us-east-1', status: 'healthy', score: 1, responseMs: 50, since: startAt, reason: '' };
      const news = { service: 'checkout', region: 'us-east-1', kind: 'errors', endpoints: 2, severity: 'warning', confidence: 0.9 };
      const anomalies = observer === 'eu-west-1' ? [{ ...news, since: startAt, reason: 'odd' }] : [];
      const said = { observer, at: startAt, abstains: false, views: [view], traffic: {}, anomalies, reason: '' };
      await putStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(observer), said, 0);
    }
    const opened = await openIncident(ctx, { ...own, alert: 'error-anomaly' });
    expect(opened).toMatchObject({
      value: { locus: 'observer', cause: expect.stringMatching(/^eu-west-1 \(observer, .*2 other observers see it well/) },
    });
    // A rule has measured it here: that is no matter of sight.
    expect(await openIncident(ctx, { ...own, id: 'other' })).toMatchObject({ value: { locus: expect.not.stringContaining('observer') } });
  });

  it('says within a minute which correlations inside the service broke, and takes them for evidence', async () => {
    const { ctx, see, cloudwatch, of } = inVirginia();
    const random = new SeededRandom(3);
    for (let back = 360; back > 0; back -= 1) {
      const at = startAt - back * 60_000;
      const requests = 3_000 + 2_000 * Math.sin(back / 40) + 100 * random.next();
      const cpu = (back < 6 ? 8_000 : requests) / 100;
      cloudwatch.put(
        'AWS/ECS',
        { name: 'CPUUtilization', dimensions: { ClusterName: 'shop', ServiceName: 'checkout' }, at, value: cpu },
        at,
      );
      const dimensions = { TargetGroup: 'targetgroup/checkout/0123456789abcdef' };
      cloudwatch.put('AWS/ApplicationELB', { name: 'RequestCount', dimensions, at, value: requests }, at);
    }
    for (const service of ['checkout', 'payments']) await see(service, 'unhealthy');
    await openIncident(ctx, own);
    expect(of('CauseRanked')[0]?.data.candidates).toMatchObject([{ locus: 'dependency' }, {}, {}]);
    await reconsiderCauses(ctx);
    const words = 'cpuShare and requestsPerMinute used to move together';
    const known = await readIncident(ctx, own.id);
    expect(known).toMatchObject({ value: { broken: [{ a: 'cpuShare', b: 'requestsPerMinute' }], reason: expect.stringContaining(words) } });
    const [before, after] = of('CauseRanked');
    expect(after?.reason).toContain(words);
    const chanceOf = (entry: typeof before) => {
      const candidates = entry?.data.candidates as { locus: string; probability: number }[] | undefined;
      return candidates?.find((each) => each.locus === 'service')?.probability ?? 0;
    };
    expect(chanceOf(after)).toBeGreaterThan(2 * chanceOf(before));
    // Looked for once, said once.
    await reconsiderCauses(ctx);
    expect(await readIncident(ctx, own.id)).toEqual(known);
  });
});
