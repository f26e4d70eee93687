import type { FailedIn, Locus } from '../../model/index.ts';
import { needsOf, spread } from './graph.ts';
import type { CauseQuestion } from './question.ts';

/**
 * One thing that may be at fault, as a small generative model: how likely each fact is if it is. All figures are chosen, and kept apart
 * enough that no single one decides: where failures show tells a dead region from a sick service, who fails tells a dependency from its
 * dependents.
 */
export interface Candidate {
  /** region, region/zone, service/region, service/region/unit, or the observer's region. */
  cause: string;
  locus: Locus;
  prior: number;
  /** Probability that the service, in the incident's region, fails. */
  fails: (service: string) => number;
  /** Where its looks fail then. */
  failsIn: (service: string) => Record<FailedIn, number>;
  /** Probability that addresses fail while others of the same name pass. */
  partly: number;
  /** Probability that the region's own observer falls silent. */
  silent: number;
  /** Probability that things fail in other regions, too. */
  elsewhere: number;
  /** Probability that one more observer sees the same. */
  agrees: number;
  /** Probability that the work a request takes in the service changes. */
  inside: number;
}

/** Something fails by itself within the same minutes. */
export const leak = 0.03;
const anywhere: Record<FailedIn, number> = { resolve: 0.34, connect: 0.33, answer: 0.33 };
const unreachable: Record<FailedIn, number> = { resolve: 0.03, connect: 0.92, answer: 0.05 };
const inside: Record<FailedIn, number> = { resolve: 0.05, connect: 0.3, answer: 0.65 };
const dependent: Record<FailedIn, number> = { resolve: 0.02, connect: 0.13, answer: 0.85 };
const released: Record<FailedIn, number> = { resolve: 0.01, connect: 0.14, answer: 0.85 };

const calm = { partly: 0.05, silent: 0.05, elsewhere: 0.05, agrees: 0.9, inside: 0.03 };

/** All candidates for what hurts `services` in `region`. Two of the same cause are two ways in which it may be at fault. */
export function candidatesFor(question: CauseQuestion): Candidate[] {
  const { services, region } = question;
  return [
    ...regionCandidates(region),
    ...[...needsOf(question.edges, services)].filter((name) => !services.includes(name)).map((name) => dependencyCandidate(question, name)),
    ...services.map((name) => serviceCandidate(question, name)),
    ...services.filter((name) => question.releases.includes(name)).map((name) => releaseCandidate(question, name)),
    ...unitCandidates(question),
    observerCandidate(question.observer),
  ];
}

/** Cut off: nothing there answers, its own observer included. Sick: one cause behind failures of things that do not need one another. */
function regionCandidates(region: string): Candidate[] {
  const common = { cause: region, locus: 'region' as const, partly: 0.05, elsewhere: 0.05, agrees: 0.9, inside: calm.inside };
  return [
    { ...common, prior: 0.06, fails: () => 0.9, failsIn: () => unreachable, silent: 0.9 },
    { ...common, prior: 0.06, fails: () => 0.4, failsIn: () => inside, silent: 0.5 },
  ];
}

/** Evenkeel's own functions and table are in the region, too: without these its observer there may fall silent. */
const ownNeeds: ReadonlySet<string> = new Set(['aws-lambda', 'aws-dynamodb', 'aws-sts', 'aws-eventbridge']);

function dependencyCandidate({ edges, region, symptoms, dynamodbDnsWeight }: CauseQuestion, name: string): Candidate {
  const reached = spread(edges, [name]);
  const own = symptoms.find((each) => each.service === name && each.region === region);
  const weight = name === 'aws-dynamodb' && own?.failedIn === 'resolve' ? dynamodbDnsWeight : 1;
  return {
    ...calm,
    cause: `${name}/${region}`,
    locus: 'dependency',
    prior: 0.15 * weight,
    silent: ownNeeds.has(name) ? 0.6 : calm.silent,
    fails: (service) => (service === name ? 0.95 : Math.max(leak, reached.get(service) ?? 0)),
    failsIn: (service) => (service === name ? anywhere : reached.has(service) ? dependent : anywhere),
  };
}

function serviceCandidate({ edges, region }: CauseQuestion, name: string): Candidate {
  const reached = spread(edges, [name]);
  return {
    ...calm,
    cause: `${name}/${region}`,
    locus: 'service',
    prior: 0.25,
    inside: 0.3,
    fails: (service) => (service === name ? 0.95 : Math.max(leak, reached.get(service) ?? 0)),
    failsIn: (service) => (service === name ? inside : reached.has(service) ? dependent : anywhere),
  };
}

/** Most trouble follows a change: a release that is still watched is likelier than trouble out of nothing. */
function releaseCandidate(question: CauseQuestion, name: string): Candidate {
  const service = serviceCandidate(question, name);
  return { ...service, locus: 'release', prior: 0.5, failsIn: (each) => (each === name ? released : service.failsIn(each)) };
}

/** That one more unit is sick by itself within the same minutes. */
const coincidence = 0.15;

function unitCandidates({ services, region, symptoms, told }: CauseQuestion): Candidate[] {
  const own = symptoms.filter((each) => each.region === region && services.includes(each.service));
  const partial = { ...calm, fails: (service: string) => (services.includes(service) ? 0.3 : leak), failsIn: () => anywhere, partly: 0.9 };
  const units = new Set(own.flatMap((each) => each.sickAddresses.map((address) => `${each.service}/${region}/${address}`)));
  if (told?.locus === 'unit' && told.unit !== undefined) units.add(`${told.service}/${region}/${told.unit}`);
  const zones = told?.locus === 'zone' && told.unit !== undefined ? [`${region}/${told.unit}`] : [];
  // One unit explains one sick address; that others are sick by themselves at the same time is a coincidence each.
  const alone = 0.2 * coincidence ** Math.max(0, units.size - 1);
  return [
    ...[...units].sort().map((cause) => ({ ...partial, cause, locus: 'unit' as const, prior: alone / Math.max(1, units.size) })),
    ...zones.map((cause) => ({ ...partial, cause, locus: 'zone' as const, prior: 0.1 })),
  ];
}

/** The one who looks is the one who is sick: everything everywhere fails, and nobody else sees it. */
function observerCandidate(observer: string): Candidate {
  const common = { cause: observer, locus: 'observer' as const, prior: 0.05, failsIn: () => unreachable };
  return { ...common, fails: () => 0.8, partly: 0.05, silent: 0.3, elsewhere: 0.8, agrees: 0.05, inside: calm.inside };
}
