import type { Scenario } from '../simulator/scenario.ts';
import { type FaultInput, faultSchema } from '../simulator/world/fault.ts';
import { SeededRandom } from '../simulator/world/random.ts';

type Truth = NonNullable<Scenario['truth']>[number];

const regions = ['us-east-1', 'eu-west-1', 'us-west-2'];
const firstAddress: Record<string, string> = { 'us-east-1': '192.0.2.', 'eu-west-1': '198.51.100.', 'us-west-2': '203.0.113.' };
const minutes = 25;

/**
 * One fault of a known cause at a random moment, place and strength: scenarios that nobody tuned for. Strong enough to be felt, as nothing
 * is ranked while nothing opens.
 */
export function faultWithTruth(seed: number): Scenario {
  const random = new SeededRandom(`cause/${seed}`);
  const region = random.pick(regions);
  const at = Math.round(random.uniform(2, 12) * 100) / 100;
  const { fault, truth } = random.pick(kinds)(region, random);
  const faults = [faultSchema.parse({ at, ...fault })];
  return { name: `fault-${seed}`, source: 'made', minutes, seed, faults, truth: [truth], expect: {} };
}

type Make = (region: string, random: SeededRandom) => { fault: Omit<FaultInput, 'at'>; truth: Truth };

const kinds: Make[] = [
  (region, random) => ({
    fault: { kind: 'region-unreachable', where: { region }, with: { lost: random.chance(0.5) } },
    truth: { cause: region, locus: 'region' },
  }),
  (region, random) => ({
    fault: { kind: 'http-errors', where: { service: 'checkout', region }, with: { share: random.uniform(0.3, 1) } },
    truth: { cause: `checkout/${region}`, locus: 'service' },
  }),
  (region) => ({
    fault: { kind: 'endpoint-down', where: { service: 'checkout', region } },
    truth: { cause: `checkout/${region}`, locus: 'service' },
  }),
  (region, random) => ({
    fault: {
      kind: 'dns',
      where: { service: 'dynamodb', region },
      with: { rcode: random.pick(['nodata', 'nxdomain', 'servfail', 'timeout'] as const), dependentsShare: random.uniform(0.3, 1) },
    },
    truth: { cause: `aws-dynamodb/${region}`, locus: 'dependency' },
  }),
  (region, random) => {
    const number = random.integer(1, 4);
    return {
      fault: {
        kind: 'http-errors',
        where: { service: 'checkout', region, address: number },
        with: { share: random.uniform(0.2, 1) },
      },
      truth: { cause: `checkout/${region}/${firstAddress[region]}${10 + number}`, locus: 'unit' },
    };
  },
  (region, random) => ({
    fault: {
      kind: 'bad-release',
      where: { service: 'checkout', region },
      with: { share: random.uniform(0.2, 1), afterMinutes: random.uniform(0, 5) },
    },
    truth: { cause: `checkout/${region}`, locus: 'release' },
  }),
  (region, random) => {
    const zone = random.pick(['b', 'c'] as const);
    return { fault: { kind: 'zone-down', where: { region, zone } }, truth: { cause: `${region}/${zone}`, locus: 'zone' } };
  },
];
