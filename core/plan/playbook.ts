import type { ActionName, Config, Playbook } from '../config/schema.ts';
import type { Incident, JsonObject } from '../model/index.ts';

/** One thing to try: which level of the playbook, which attempt at it, which action. */
export interface Move {
  /** `soft:1:0`: level, attempt, index of the action; the key under which the incident remembers it. */
  key: string;
  level: string;
  action: ActionName;
  args: JsonObject;
  when: Playbook['levels'][number]['actions'][number]['when'];
  /** Seconds to wait before it: the backoff between two attempts at a level. */
  waitSeconds: number;
}

/** How a move that was tried came out; `skipped` when its circumstance did not hold or a policy refused it. */
export type MoveOutcome = 'verified' | 'undone' | 'skipped' | 'done';

/** A sick unit or zone is taken out before anything that touches the whole service. */
const ejectFirst: Pick<Playbook, 'levels'> = {
  levels: [
    {
      name: 'soft',
      actions: [{ action: 'eject', args: {} }],
      attempts: 1,
      backoff: { kind: 'fixed', seconds: 60, maxSeconds: 60 },
      waitSeconds: 0,
    },
    {
      name: 'resource',
      actions: [{ action: 'restart', args: {} }],
      attempts: 1,
      backoff: { kind: 'fixed', seconds: 60, maxSeconds: 60 },
      waitSeconds: 0,
    },
    {
      name: 'emergency',
      actions: [{ action: 'page', args: {} }],
      attempts: 1,
      backoff: { kind: 'fixed', seconds: 60, maxSeconds: 60 },
      waitSeconds: 0,
    },
  ],
};

/** A release that went wrong is taken back before anything else is tried. */
const rollbackFirst: Playbook['levels'][number] = {
  name: 'soft',
  actions: [{ action: 'rollback', args: {} }],
  attempts: 1,
  backoff: { kind: 'fixed', seconds: 60, maxSeconds: 60 },
  waitSeconds: 0,
};

/** What detectors find is answered like what a rule finds, unless the file says otherwise; a warning of it is told and no more. */
const resembles: Readonly<Record<string, string>> = { 'error-anomaly': 'error-rate', 'latency-anomaly': 'latency' };

/** The playbook of an incident: by locus where that says more than the alert, else that of its service, else the general one. */
export function playbookFor(config: Config, incident: Incident): Pick<Playbook, 'levels'> & Partial<Playbook> {
  // A node that is not ready is drained already: it is replaced, which its own playbook does. In a dark zone nothing can start.
  if (incident.locus === 'zone' || (incident.locus === 'unit' && incident.alert !== 'node-not-ready')) return ejectFirst;
  const service = config.services.find((each) => each.name === incident.subject.service);
  const answering = (alert: string) => {
    const named = Object.entries(service?.playbooks ?? {}).find(([each]) => each === alert)?.[1];
    return config.playbooks.find((each) => (named === undefined ? each.alert === alert : each.name === named));
  };
  const found = answering(incident.alert) ?? answering(resembles[incident.alert] ?? '');
  const levels = found?.levels ?? [];
  return { ...found, levels: incident.locus === 'release' ? [rollbackFirst, ...levels] : levels };
}

const separator = '=';

export function remember(tried: readonly string[], key: string, outcome: MoveOutcome): string[] {
  return [...tried.filter((entry) => entry !== key && !entry.startsWith(`${key}${separator}`)), `${key}${separator}${outcome}`];
}

/**
 * The next move of each level, softest first: through the actions of a level, then — while the symptoms stay — through its further
 * attempts. An action that was undone ends its level: it will not help the second time.
 */
export function nextMoves(playbook: Pick<Playbook, 'levels'>, tried: readonly string[]): Move[] {
  const outcomes = new Map(tried.map((entry): [string, string] => [entry.split(separator)[0] ?? '', entry.split(separator)[1] ?? '']));
  return playbook.levels.flatMap((level, depth) => nextOfLevel(level, `${depth}.${level.name}`, outcomes) ?? []);
}

function nextOfLevel(level: Playbook['levels'][number], prefix: string, outcomes: ReadonlyMap<string, string>): Move | null {
  if ([...outcomes].some(([key, outcome]) => key.startsWith(`${prefix}:`) && outcome === 'undone')) return null;
  for (let attempt = 1; attempt <= level.attempts; attempt += 1) {
    // A second attempt is for what worked but did not suffice; a level of which nothing could be done is not repeated.
    if (attempt > 1 && !level.actions.some((_, index) => outcomes.get(`${prefix}:${attempt - 1}:${index}`) === 'verified')) return null;
    for (const [index, { action, args, when }] of level.actions.entries()) {
      const key = `${prefix}:${attempt}:${index}`;
      if (outcomes.has(key)) continue;
      const wait = index === 0 && attempt > 1 ? backoffSeconds(level.backoff, attempt - 1) : 0;
      return { key, level: level.name, action, args, when, waitSeconds: wait };
    }
  }
  return null;
}

/** Seconds before attempt n + 1: seconds · 2ⁿ⁻¹, seconds · n, or seconds; capped. */
export function backoffSeconds(backoff: Playbook['levels'][number]['backoff'], n: number): number {
  const { kind, seconds, maxSeconds } = backoff;
  const grown = kind === 'exponential' ? seconds * 2 ** (n - 1) : kind === 'linear' ? seconds * n : seconds;
  return Math.min(maxSeconds, grown);
}
