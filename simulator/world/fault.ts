import * as z from 'zod';
import { share } from '../../core/config/schema/leaves.ts';
import type { Ports } from '../../core/ports/index.ts';

/**
 * Everything that can go wrong in the simulated world. `where` says what it strikes, `with` how hard; names are checked against the
 * configuration when a scenario is read. Shares that no source publishes are marked `chosen: true`.
 */
const place = z.string().min(1);
const region = place.describe('Name of a configured region.');
const service = place.describe('A service of the configuration, or an AWS service such as dynamodb, s3, lambda, route53.');
const ownService = place.describe('A service of the configuration.');
const address = z.int().min(1).describe('Which of the addresses of the service in the region, counted from 1; default is all.');
const endpoint = place.describe('Name of one endpoint of the service; default is all of them.');

const minute = z.number().min(0, 'is before the start of the scenario');

const timed = {
  at: minute.describe('Minute at which it begins.'),
  until: minute.optional().describe('Minute at which it ends; default is never.'),
  every: z
    .number()
    .positive()
    .optional()
    .describe('Minutes between two beginnings, for a fault that comes and goes; needs times and until.'),
  times: z.int().min(1).max(1000).optional().describe('How often it comes.'),
  source: z.string().optional().describe('Where the figure comes from.'),
};

const given = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({ ...shape, chosen: z.boolean().optional().describe('The figures are chosen: no source publishes them.') });

function fault<Kind extends string, Where extends z.ZodRawShape, With extends z.ZodRawShape>(kind: Kind, where: Where, how: With) {
  return z.strictObject({
    ...timed,
    kind: z.literal(kind),
    where: z.strictObject(where).describe('What it strikes.'),
    with: given(how)
      .prefault({} as never)
      .describe('How hard.'),
  });
}

const spot = { service: ownService, region: region.optional(), endpoint: endpoint.optional(), address: address.optional() };
const ofService = { service: ownService, region };

export const rcodes = ['nodata', 'nxdomain', 'servfail', 'refused', 'timeout'] as const;

/** Answers of a FaultPoint that a `call` fault can give. */
export const callAnswers = ['refuse', 'throttle', 'hang', 'lie', 'late', 'duplicate'] as const;

export type StruckPort = Exclude<keyof Ports, 'clock' | 'ids' | 'random' | 'trace'>;

/** Every port that leaves the process: a fault can strike its calls. Complete by its type. */
const port = z.enum({
  ...{ store: 'store', peerStores: 'peerStores', bus: 'bus', machines: 'machines', metricSink: 'metricSink' },
  ...{ metricSource: 'metricSource', notifier: 'notifier', traffic: 'traffic', capacity: 'capacity', releases: 'releases' },
  ...{ data: 'data', scripts: 'scripts', approver: 'approver', flags: 'flags' },
  ...{ secrets: 'secrets', prober: 'prober', courier: 'courier' },
} satisfies { [Port in StruckPort]: Port });
export const struckPorts: readonly StruckPort[] = port.options;

export const faultSchema = z.discriminatedUnion('kind', [
  /** Nobody outside reaches the region; inside it goes on. `lost`: evenkeel's functions and machines there are gone as well. */
  fault(
    'region-unreachable',
    { region },
    { lost: z.boolean().default(false).describe('The functions and machines of the region die, too.') },
  ),
  /** One zone without power: its units are gone and do not come back elsewhere by themselves. */
  fault('zone-down', { region, zone: z.enum(['a', 'b', 'c']) }, {}),
  /** Connections are refused. */
  fault('endpoint-down', spot, {}),
  fault('http-errors', spot, { share: share.default(1).describe('Share of the requests that get a 5xx.') }),
  fault('latency', spot, {
    factor: z.number().min(1).default(1).describe('Times the usual time to the first byte.'),
    addMs: z.number().min(0).default(0).describe('Milliseconds on top.'),
  }),
  fault(
    'dns',
    { service, region },
    {
      rcode: z.enum(rcodes).default('nodata').describe('What resolvers get for the name.'),
      dependentsShare: share.default(0.9).describe('Share of the requests of hard dependents that fail with it: open connections live on.'),
    },
  ),
  fault('certificate-expired', ofService, { days: z.number().default(-1).describe('Days until the certificate ends; negative: ended.') }),
  /** An AWS service: its API, and with `data` what applications do with it. Evenkeel's own calls to it are struck as well. */
  fault(
    'api-down',
    { service, region },
    {
      share: share.default(1).describe('Share of the calls that fail.'),
      data: z.boolean().default(false).describe('Applications that use it suffer, not only its control plane.'),
      dependentsShare: share.optional().describe('Share of the requests of hard dependents that fail; default: share.'),
    },
  ),
  fault('api-throttle', { service, region }, { share: share.default(0.5).describe('Share of the calls that are throttled.') }),
  fault('api-lie', { service, region }, { share: share.default(1).describe('Share of the calls that answer well and do nothing.') }),
  fault(
    'api-late',
    { service, region },
    {
      seconds: z.number().positive().default(5).describe('Seconds by which answers come late.'),
      share: share.default(1).describe('Share of the calls that are late.'),
    },
  ),
  fault(
    'partition',
    { region, peer: region },
    { oneWay: z.boolean().default(false).describe('Only what goes from region to peer is lost.') },
  ),
  fault(
    'messages',
    { region: region.optional() },
    {
      delaySeconds: z.number().min(0).default(0).describe('Longest extra delay of a message; each draws its own, so that they overtake.'),
      duplicateShare: share.default(0).describe('Share of the messages that come twice.'),
      loseShare: share.default(0).describe('Share of the messages that never come.'),
    },
  ),
  fault('metrics-silent', { region }, { lateSeconds: z.number().positive().optional().describe('Data come this late instead of never.') }),
  fault('capacity-refused', { region, service: ownService.optional() }, {}),
  fault(
    'quota',
    { region, service: ownService.optional() },
    { limit: z.int().min(0).optional().describe('Units that are allowed; default is what runs when it begins.') },
  ),
  /** New units start and never become healthy. */
  fault('units-never-healthy', ofService, {}),
  fault('bad-release', ofService, {
    share: share.default(0.3).describe('Share of the requests that fail on the new version.'),
    latencyFactor: z.number().positive().default(1).describe('Times as long that the new version takes to answer.'),
    rollOut: z.boolean().default(true).describe('The platform rolls it out at once; false: it is only published.'),
    afterMinutes: z.number().min(0).default(0).describe('Minutes after the release at which errors and latency begin.'),
  }),
  fault('leak', ofService, { minutesToFull: z.number().positive().default(30).describe('Minutes until the memory of a unit is used up.') }),
  fault('load', { service: ownService }, { factor: z.number().positive().default(2).describe('Times the usual requests.') }),
  /** A resource of the application runs short without anything else being wrong: connections, cache, memory, disk. */
  fault('resource-short', ofService, {
    signal: z.enum(['poolShare', 'cacheHitRatio', 'memoryShare', 'diskShare']).default('poolShare').describe('The signal that shows it.'),
    value: share.default(0.97).describe('What the signal reads while it stands.'),
    errorShare: share.default(0).describe('Share of the requests that fail for want of it.'),
    curedBy: z.string().optional().describe('The script that puts it right; default is none.'),
  }),
  /** A script runs and ends with an error, without effect. */
  fault(
    'script-fails',
    { document: place.describe('Name of the script.') },
    {
      exitStatus: z.int().min(1).max(255).default(1).describe('How it ends.'),
    },
  ),
  /** Load balancers take healthy units out and put them back, as on 2025-10-20. */
  fault('lb-flapping', ofService, {
    share: share.default(0.5).describe('Share of the units that are out at a time.'),
    periodSeconds: z.number().positive().default(60).describe('Seconds from one change to the next.'),
  }),
  /** The vantage itself: its probes fail whatever they look at. */
  fault('observer-broken', { region }, { referencesAnswer: z.boolean().default(false).describe('Its self-test passes all the same.') }),
  /** Kills what runs in the region: at once, or at the n-th call that its functions make after `at`. */
  fault(
    'executor-crash',
    { region },
    {
      what: z.enum(['functions', 'machines', 'both']).default('both').describe('What dies.'),
      atCall: z.int().min(1).optional().describe('Die at this call of a port, counted from the beginning; default: at once.'),
      port: port.optional().describe('Count only the calls of this port.'),
      stage: z.enum(['before', 'after']).default('after').describe('Before or after the call has had its effect.'),
    },
  ),
  fault('clock-skew', { region }, { seconds: z.number().default(2).describe('Seconds by which its clock is ahead; negative: behind.') }),
  fault(
    'dns-overstay',
    {},
    {
      share: share.default(0.2).describe('Share of the clients that keep an old answer.'),
      seconds: z.number().positive().default(3600).describe('How long they keep it.'),
    },
  ),
  /** Any answer of a FaultPoint to the calls of one port. */
  fault(
    'call',
    { port, method: place.optional(), region: region.optional() },
    {
      answer: z.enum(callAnswers).describe('What becomes of the call.'),
      share: share.default(1).describe('Share of the calls that it becomes of.'),
      seconds: z.number().positive().default(5).describe('How late, for late.'),
    },
  ),
]);

export type Fault = z.output<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;
export type FaultKind = Fault['kind'];
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;
export type CallAnswer = (typeof callAnswers)[number];

export const faultKinds: FaultKind[] = faultSchema.options.map((option) => option.shape.kind.value);
