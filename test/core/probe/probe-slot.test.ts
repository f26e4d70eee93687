import { describe, expect, it } from 'vitest';
import type { Config } from '../../../core/config/schema.ts';
import { type Message, ok, type Sample } from '../../../core/model/index.ts';
import { planProbes, probeSlot } from '../../../core/probe/probe-slot.ts';
import { regionContext, shopConfig, startAt } from '../region-context.ts';

/** The shop, whose first region has a second probe inside its VPC and an endpoint that only that one reaches. */
function dividedShop(): Config {
  const config = shopConfig();
  const [region] = config.regions;
  const [service, ...services] = config.services;
  const [endpoint] = service?.endpoints ?? [];
  if (region === undefined || service === undefined || endpoint === undefined) throw new Error('the shop has a region and an endpoint');
  const internal = { ...endpoint, name: 'internal', region: region.name, perRegion: false, selfReport: true };
  const vpcProbe = { vpcId: 'vpc-0a', subnetIds: ['subnet-0a'], securityGroupIds: [], dualStack: false };
  return {
    ...config,
    regions: config.regions.map((each) => (each === region ? { ...each, vpcProbe } : each)),
    services: [{ ...service, endpoints: [...service.endpoints, internal] }, ...services],
  };
}

/** A context whose probes all pass, and the messages that it publishes. */
function probing(config: Config) {
  const { ctx } = regionContext(config);
  const published: Message[] = [];
  const prober = {
    probe: async ({ subject }: { subject: Sample['subject'] }, vantage: string): Promise<Sample[]> => [
      {
        ...{ id: 'sample', at: startAt, vantage, subject, verdict: 'pass', status: 'healthy', dimension: 'readiness', reason: 'well' },
        phasesMs: { resolve: 1, connect: 1, tls: 1, firstByte: 1, transfer: 1 },
      },
    ],
  };
  const publish = async (message: Message) => {
    published.push(message);
    return ok(undefined);
  };
  return { ctx: { ...ctx, ports: { ...ctx.ports, prober, bus: { ...ctx.ports.bus, publish } } }, published };
}

describe('a region with a probe inside a VPC', () => {
  it('divides its endpoints: the self-reports are the inner one’s, everything else and the references the outer one’s', async () => {
    const { ctx } = regionContext(dividedShop());
    const [outer, inner] = [await planProbes(ctx, 'outside'), await planProbes(ctx, 'vpc')];
    expect(inner.assignments.map(({ request }) => request.subject.endpoint)).toEqual(['internal']);
    expect(inner.references).toEqual([]);
    expect(outer.references.length).toBeGreaterThan(0);
    expect(outer.assignments.map(({ request }) => request.subject.endpoint)).not.toContain('internal');
  });

  it('has a slot judged with the last message of the outer probe alone', async () => {
    const { ctx, published } = probing(dividedShop());
    await probeSlot(ctx, await planProbes(ctx, 'vpc'), startAt);
    await probeSlot(ctx, await planProbes(ctx, 'outside'), startAt);
    const parts = published.flatMap((message) => (message.type === 'SamplesTaken' ? [message.body.last] : []));
    expect(parts).toEqual([false, true]);
  });

  it('leaves everything to the one probe where there is no second', async () => {
    const { ctx } = regionContext({ ...dividedShop(), regions: shopConfig().regions });
    const plan = await planProbes(ctx, 'outside');
    expect(plan.assignments.map(({ request }) => request.subject.endpoint)).toContain('internal');
  });
});
