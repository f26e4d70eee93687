import { setImmediate } from 'node:timers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadMachines } from '../bin/load-scenario.ts';
import { parseConfig } from '../core/config/parse-config.ts';
import type { Config } from '../core/config/schema.ts';
import { createRegionRuntime } from '../simulator/region-runtime.ts';
import { readScenario } from '../simulator/scenario.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../simulator/scenarios/shop.ts';
import { simulate } from '../simulator/simulate.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const sizes = [10, 100, 1_000, 10_000];
const endpointsPerService = 50;
/** Enough samples at every size for a mean; a small world runs longer. */
const samplesWanted = 60_000;
const growthMax = 1.2;

/**
 * Endpoints from 10 to 10,000 through samples, analysis and incidents in a simulated world whose one region fails half-way: CPU time and
 * memory a sample, all three regions of evenkeel in one process.
 */
export async function run() {
  const points = [];
  for (const endpoints of sizes) {
    process.stderr.write(`${endpoints} endpoints\n`);
    points.push(await measure(endpoints));
  }
  const costs = points.map((point) => point.cpuMicrosecondsPerSample);
  const last = costs.at(-1) ?? Number.NaN;
  const over = (base: number) => Math.round((last / base) * 100) / 100;
  // In a small world the fixed work of a slot is shared by few samples; against the cheapest size growth cannot hide behind that.
  const growthOverCheapest = over(Math.min(...costs));
  return { points, growthOverSmallest: over(costs[0] ?? Number.NaN), growthOverCheapest, withinBound: growthOverCheapest <= growthMax };
}

async function measure(endpoints: number) {
  const config = configOf(endpoints);
  const minutes = Math.max(4, Math.min(120, Math.round(samplesWanted / (endpoints * 6))));
  const read = readScenario({
    name: 'scale',
    source: 'made',
    minutes,
    faults: [{ at: minutes / 2, kind: 'http-errors', where: { service: 'service-1', region: 'us-east-1' } }],
    expect: { incidents: 1 },
  });
  if (!read.ok) throw new Error('the scenario of the benchmark is wrong');
  let samples = 0;
  const heapBefore = heapBytes();
  const before = process.cpuUsage();
  const report = await simulate(read.scenario, config, {
    ...{ seed: 1, settle, machines: loadMachines() },
    checkers: () => [],
    createRuntime: (parts) => {
      const { prober } = parts.ports;
      const counting = {
        async probe(...args: Parameters<typeof prober.probe>) {
          const taken = await prober.probe(...args);
          samples += taken.length;
          return taken;
        },
      };
      return createRegionRuntime({ ...parts, ports: { ...parts.ports, prober: counting } });
    },
  });
  const { user, system } = process.cpuUsage(before);
  const heapGrowth = heapBytes() - heapBefore;
  return {
    endpoints,
    minutes,
    samples,
    incidents: report.timeline.filter((entry) => entry.kind === 'IncidentOpened').length,
    cpuMicrosecondsPerSample: Math.round(((user + system) / samples) * 10) / 10,
    heapBytesPerSample: Math.round(heapGrowth / samples),
    residentMegabytes: Math.round(process.memoryUsage().rss / 1_048_576),
  };
}

/** Services of fifty endpoints (fewer in the smallest world) in us-east-1 alone, so that the number is the number. */
function configOf(endpoints: number): Config {
  const services = Math.ceil(endpoints / endpointsPerService);
  const parsed = parseConfig(
    shop(
      Array.from({ length: services }, (_, service) =>
        checkout({
          name: `service-${service + 1}`,
          failover: service === 0,
          ...(service === 0 ? {} : { trafficGroup: undefined }),
          deployments: Object.fromEntries(shopRegions.map((region) => [region, ecs(4)])),
          endpoints: Array.from({ length: Math.min(endpointsPerService, endpoints - service * endpointsPerService) }, (_each, index) => ({
            name: `page-${index + 1}`,
            kind: 'http' as const,
            url: `https://service-${service + 1}.us-east-1.example.com/page/${index + 1}`,
            region: 'us-east-1',
            conditions: ['[STATUS] == 200'],
            intervalSeconds: { base: 20, min: 20, max: 20 },
          })),
        }),
      ),
      [checkoutGroup(1)],
      { awsEndpoints: [] },
    ),
  );
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n'));
  return parsed.config;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
