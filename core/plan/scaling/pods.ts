/**
 * One running unit of the scaled target in the words of the Kubernetes autoscaler (an ECS task, an instance).
 * Amounts are in thousandths, whole numbers.
 */
export interface Pod {
  name: string;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  ready: boolean;
  /** Young, and a whole window of its metric has not passed since it became ready: its CPU says nothing yet. */
  warmingUp: boolean;
  /** Being deleted. */
  deleting: boolean;
  /** What the unit was promised of the resource; null where none is declared. */
  requestMilli: number | null;
  /** Reported usage; null (or NaN) while the metric is missing. */
  usageMilli: number | null;
}

/** Pods by what their metric is good for. */
export interface PodGroups {
  /** Metrics that count, by pod name; names of pods that are not ours may be among them. */
  usage: Map<string, number>;
  /** Pods whose metric counts. */
  readyCount: number;
  /** Pods that exist, but whose metric would mislead. */
  unready: string[];
  /** Pods without a metric. */
  missing: string[];
}

/**
 * Sorts pods as Kubernetes' replica calculator does (groupPods): failed and deleted pods are not there at all, pending
 * ones are unready; readiness matters for CPU only, because a starting process burns CPU without serving.
 * @param strangers metrics of pods that are not (or no longer) ours
 */
export function groupPods(pods: readonly Pod[], strangers: readonly (readonly [string, number])[], cpu: boolean): PodGroups {
  const groups: PodGroups = { usage: new Map(strangers), readyCount: 0, unready: [], missing: [] };
  for (const pod of pods) {
    if (pod.deleting || pod.phase === 'Failed') continue;
    if (pod.phase === 'Pending') groups.unready.push(pod.name);
    else if (pod.usageMilli === null || !Number.isFinite(pod.usageMilli)) groups.missing.push(pod.name);
    else if (cpu && (!pod.ready || pod.warmingUp)) groups.unready.push(pod.name);
    else {
      groups.usage.set(pod.name, pod.usageMilli);
      groups.readyCount++;
    }
  }
  return groups;
}
