import { groupPods, type Pod, type PodGroups } from './pods.ts';

/** How many replicas one metric asks for, or why it cannot say. */
export type Proposal =
  | {
      kind: 'proposed';
      replicas: number;
      /** Average per pod, thousandths, cut to whole ones; the metric's own value for whole-target metrics. */
      valueMilli: number;
      /** Usage in whole per cent of what was requested; null where nothing is requested. */
      utilizationPercent: number | null;
    }
  | { kind: 'invalid'; reason: string };

export interface Population {
  pods: readonly Pod[];
  /** Metrics the source reported for pods that are not ours, by name. */
  strangers: readonly (readonly [string, number])[];
  currentReplicas: number;
  /** Relative distance from the target that is left alone. */
  tolerance: number;
}

/** Kubernetes counts replicas in 32 bits. */
const REPLICAS_MAX = 2 ** 31 - 1;

/**
 * Replicas for a utilization target: usage over request against a percentage (replica_calculator.go, GetResourceReplicas).
 * Missing pods count against the movement: all of their request (at least the target) on the way down, nothing on the
 * way up; unready pods count as idle on the way up.
 */
export function replicasForUtilization(population: Population, targetPercent: number, cpu: boolean): Proposal {
  if (!(targetPercent > 0)) return noTarget(targetPercent);
  const { pods, currentReplicas } = population;
  const groups = usableGroups(population, cpu);
  if ('reason' in groups) return { kind: 'invalid', reason: groups.reason };
  const requests = new Map<string, number>();
  for (const { name, requestMilli } of pods) {
    if (requestMilli === null) return { kind: 'invalid', reason: `${name} requests nothing: a utilization cannot be computed` };
    requests.set(name, requestMilli);
  }
  const measure = (usage: Map<string, number>) => utilization(usage, requests, targetPercent);
  const first = measure(groups.usage);
  if (!first) return { kind: 'invalid', reason: 'no metric belongs to a known pod that requests something' };
  const fallback = (name: string) => Math.floor(((requests.get(name) ?? 0) * Math.max(100, targetPercent)) / 100);
  const replicas = rebalance(groups, first.ratio, currentReplicas, population.tolerance, fallback, (usage) => measure(usage)?.ratio ?? 1);
  return { kind: 'proposed', replicas, valueMilli: first.averageMilli, utilizationPercent: first.percent };
}

/** Replicas for an average value per pod (replica_calculator.go, calcPlainMetricReplicas). */
export function replicasForAverage(population: Population, targetMilli: number, cpu: boolean): Proposal {
  if (!(targetMilli > 0)) return noTarget(targetMilli);
  const groups = usableGroups(population, cpu);
  if ('reason' in groups) return { kind: 'invalid', reason: groups.reason };
  const average = (usage: Map<string, number>) => Math.trunc(sum(usage.values()) / usage.size);
  const valueMilli = average(groups.usage);
  const ratioOf = (usage: Map<string, number>) => average(usage) / targetMilli;
  const { currentReplicas, tolerance } = population;
  const replicas = rebalance(groups, valueMilli / targetMilli, currentReplicas, tolerance, () => targetMilli, ratioOf);
  return { kind: 'proposed', replicas, valueMilli, utilizationPercent: null };
}

/**
 * Replicas for a value of the whole target, such as the depth of one queue, against a target value: the ready pods
 * times the ratio. From zero replicas the ratio itself is the count and no tolerance applies.
 */
export function replicasForValue(population: Population, valueMilli: number, targetMilli: number): Proposal {
  if (!(targetMilli > 0)) return noTarget(targetMilli);
  if (!Number.isFinite(valueMilli)) return { kind: 'invalid', reason: 'the metric has no value' };
  const ratio = valueMilli / targetMilli;
  const proposed = (replicas: number): Proposal => ({ kind: 'proposed', replicas: whole(replicas), valueMilli, utilizationPercent: null });
  if (population.currentReplicas === 0) return proposed(ratio);
  if (within(ratio, population.tolerance)) return proposed(population.currentReplicas);
  if (population.pods.length === 0) return { kind: 'invalid', reason: 'no pods to count' };
  return proposed(ratio * population.pods.filter((pod) => pod.phase === 'Running' && pod.ready).length);
}

/**
 * Replicas for a value of the whole target that every replica should carry its share of.
 * @param replicas the count that carries it now
 */
export function replicasForShare(valueMilli: number, targetPerPodMilli: number, replicas: number, tolerance: number): Proposal {
  if (!(targetPerPodMilli > 0)) return noTarget(targetPerPodMilli);
  if (!Number.isFinite(valueMilli)) return { kind: 'invalid', reason: 'the metric has no value' };
  const ratio = valueMilli / (targetPerPodMilli * replicas);
  return {
    kind: 'proposed',
    replicas: within(ratio, tolerance) ? replicas : whole(valueMilli / targetPerPodMilli),
    valueMilli: Math.ceil(valueMilli / replicas),
    utilizationPercent: null,
  };
}

function noTarget(target: number): Proposal {
  return { kind: 'invalid', reason: `the target is ${target}: it must be more than 0` };
}

function usableGroups({ pods, strangers }: Population, cpu: boolean): PodGroups | { reason: string } {
  if (pods.length === 0) return { reason: 'no pods to count' };
  const groups = groupPods(pods, strangers, cpu);
  return groups.usage.size > 0 ? groups : { reason: 'no metric of a ready pod (missing, or the pods are unready)' };
}

function utilization(usage: Map<string, number>, requests: Map<string, number>, targetPercent: number) {
  const known = [...usage].filter(([name]) => requests.has(name));
  const used = sum(known.map(([, value]) => value));
  const requested = sum(known.map(([name]) => requests.get(name) ?? 0));
  if (requested === 0) return undefined;
  const percent = Math.trunc((used * 100) / requested);
  return { percent, ratio: percent / targetPercent, averageMilli: Math.trunc(used / known.length) };
}

/** The part both calculations share: from the ratio over the pods that report to a count over all of them. */
function rebalance(
  groups: PodGroups,
  ratio: number,
  current: number,
  tolerance: number,
  fallbackMilli: (name: string) => number,
  ratioOf: (usage: Map<string, number>) => number,
): number {
  const idleCount = groups.unready.length > 0 && ratio > 1;
  if (!idleCount && groups.missing.length === 0) return within(ratio, tolerance) ? current : whole(ratio * groups.readyCount);

  const usage = new Map(groups.usage);
  if (ratio !== 1) for (const name of groups.missing) usage.set(name, ratio < 1 ? fallbackMilli(name) : 0);
  if (idleCount) for (const name of groups.unready) usage.set(name, 0);
  const cautious = ratioOf(usage);
  const turned = (ratio < 1 && cautious > 1) || (ratio > 1 && cautious < 1);
  if (turned || within(cautious, tolerance)) return current;
  const replicas = whole(cautious * usage.size);
  // A different number of pods in the sum may turn the direction as well: then nothing is changed.
  return (cautious < 1 && replicas > current) || (cautious > 1 && replicas < current) ? current : replicas;
}

function within(ratio: number, tolerance: number): boolean {
  return Math.abs(1 - ratio) <= tolerance;
}

function whole(replicas: number): number {
  return Math.min(REPLICAS_MAX, Math.ceil(replicas));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
