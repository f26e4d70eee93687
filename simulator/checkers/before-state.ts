import { regionsOfGroup, servicesOfGroup } from '../../core/config/derive.ts';
import { canonicalJson } from '../../core/model/index.ts';
import { readRecords } from '../host/records.ts';
import { hasActed } from '../report/summary.ts';
import { regionCheckId } from '../world/traffic-groups.ts';
import type { Checker, Truth } from './checker.ts';

/**
 * Every failed run ends in the before-state or escalated. The world is looked at when the run writes its first intent and again when it
 * says that it is undone; the journal's word for it is not asked. What a run that was at work in the meantime may touch is not judged:
 * the difference may be its doing.
 */
export function beforeState(truth: Truth): Checker {
  const violations: Checker['violations'] = [];
  const before = new Map<string, Map<string, string>>();
  const draining = new Set<string>();
  const work = new OthersWork();
  return {
    name: 'before-state',
    violations,
    onEntry({ kind, at, subject, data }) {
      const plan = String(data.plan);
      if (kind === 'StepIntended' && !before.has(plan)) before.set(plan, touchables(truth));
      if (kind === 'StepIntended' || kind === 'StepApplied' || kind === 'UndoApplied') work.note(plan, subject);
      if (kind === 'StepApplied' && data.kind === 'request-drain') draining.add(plan);
      if (kind !== 'OutcomeRecorded') return;
      const others = work.duringAndEnd(plan);
      const known = before.get(plan);
      if (data.state !== 'undone' || known === undefined) return;
      for (const [what, is] of touchables(truth)) {
        const was = ofWhatStands(truth, what, known.get(what) ?? '');
        if (was === is || mayTouch(truth, others, what)) continue;
        // Somebody else's votes take minutes to show: only a run that asked for votes answers for the answers.
        if (what.startsWith('answers') && !draining.has(plan)) continue;
        violations.push({ at, reason: `${plan} is undone, but ${what} is ${is} and was ${was}` });
      }
    },
    onEnd(at) {
      const { runs, steps } = readRecords(truth.shared.stores.values());
      for (const run of runs) {
        const journal = steps.get(run.planId) ?? [];
        if (run.state === 'refused' && hasActed(journal))
          violations.push({ at, reason: `${run.planId} was refused, yet it has touched the world` });
        if (run.state !== 'undone') continue;
        for (const step of journal)
          if (hasActed([step]) && step.undo?.verdict !== 'pass')
            violations.push({ at, reason: `${run.planId} is undone, but its step ${step.step} has no proven undo` });
      }
    },
  };
}

/** Which runs were at work, and on what, while another one was: an intent comes before its effect, and the effect before it is told. */
class OthersWork {
  /** Subjects of each run that is at work. */
  readonly #open = new Map<string, Set<string>>();
  /** By run: subjects of the others that were at work since its first intent. */
  readonly #meanwhile = new Map<string, Set<string>>();

  note(plan: string, subject: string): void {
    if (!this.#meanwhile.has(plan)) this.#meanwhile.set(plan, new Set([...this.#open.values()].flatMap((subjects) => [...subjects])));
    this.#open.set(plan, (this.#open.get(plan) ?? new Set()).add(subject));
    for (const [other, subjects] of this.#meanwhile) if (other !== plan) subjects.add(subject);
  }

  /** An end is told once for each epoch; what others did before the first counts at the last as well. */
  duringAndEnd(plan: string): ReadonlySet<string> {
    this.#open.delete(plan);
    return this.#meanwhile.get(plan) ?? new Set();
  }
}

/**
 * A unit that the platform has ended since is neither in nor out: a restart leaves another one in its place (it is compensated, not
 * reversed), and what is stopped when a service gets smaller again is the platform's choice.
 */
function ofWhatStands({ world }: Truth, what: string, was: string): string {
  const key = /^units of (\S+)/.exec(what)?.[1];
  const standing = key === undefined ? undefined : world.capacity.services[key]?.units.map((unit) => unit.id);
  return standing === undefined
    ? was
    : was
        .split(',')
        .filter((id) => standing.includes(id))
        .join();
}

/** Whether runs on these subjects may have touched it: a group's run all that stands behind the group, a service's what is its own. */
function mayTouch({ config }: Truth, subjects: ReadonlySet<string>, what: string): boolean {
  if (/^(writer|flag) /.test(what)) return subjects.size > 0;
  return [...subjects].some((subject) => {
    // A distribution that follows a failover goes by its own name.
    const behind = config.trafficGroups.find(
      ({ cloudFront }) => cloudFront !== undefined && subject.startsWith(`${cloudFront.distributionId}/`),
    );
    if (behind !== undefined) return what === `origin of ${behind.name}`;
    const group = /^group:([^/]+)/.exec(subject)?.[1];
    const own = group === undefined ? [subject] : [group, ...servicesOfGroup(config, group).map((service) => `${service.name}/`)];
    return own.some((part) => what.includes(` of ${part}`));
  });
}

/** Everything that an action could have changed, by name. */
function touchables({ config, world, shared }: Truth): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, { desired, min, max, size, concurrency, units }] of Object.entries(world.capacity.services)) {
    found.set(`capacity of ${key}`, canonicalJson({ desired, min, max, size, concurrency: concurrency?.provisioned }));
    found.set(`units of ${key} out by our hand`, units.flatMap((unit) => (unit.ejected ? [unit.id] : [])).join());
  }
  for (const [group, first] of world.distributions.preferred()) found.set(`origin of ${group}`, first);
  for (const [key, { alias }] of Object.entries(world.releases.services))
    if (alias !== null) found.set(`callers of ${key}`, `${alias.share} get ${alias.canary ?? 'nothing else'}`);
  for (const { name } of config.trafficGroups) {
    found.set(`weights of ${name}`, canonicalJson(world.weights(name)?.weights ?? null));
    for (const region of regionsOfGroup(config, name))
      if (config.regions.length > 1)
        found.set(`answers of ${name} for ${region}`, String(world.route53.healthy(regionCheckId(name, region))));
  }
  for (const [id, { writer }] of Object.entries(shared.data.databases)) found.set(`writer of ${id}`, writer);
  for (const [key, value] of world.flags) found.set(`flag ${key}`, value);
  return found;
}
