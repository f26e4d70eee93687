import { regionsOfGroup } from '../../core/config/derive.ts';
import { canonicalJson } from '../../core/model/index.ts';
import type { Truth } from '../checkers/index.ts';
import { regionCheckId } from '../world/traffic-groups.ts';

/** Everything that a run may change, by name, as text. */
export type WorldState = ReadonlyMap<string, string>;

/**
 * Capacity, units that are out, weights, votes, answers, releases, flags and database writers, as they stand.
 * @param settled leaves out what only follows with time (the answers), to count effects by
 */
export function worldState({ config, world, shared }: Pick<Truth, 'config' | 'world' | 'shared'>, settled = true): WorldState {
  const found = new Map<string, string>();
  for (const [key, { desired, min, max, size, concurrency, units }] of Object.entries(world.capacity.services)) {
    const { provisioned, reserved } = concurrency ?? {};
    found.set(`capacity of ${key}`, canonicalJson({ desired, min, max, size, provisioned, reserved }));
    found.set(`units of ${key} out by our hand`, units.flatMap((unit) => (unit.ejected ? [unit.id] : [])).join());
  }
  for (const { name } of config.trafficGroups) {
    found.set(`weights of ${name}`, canonicalJson(world.weights(name)?.weights ?? null));
    for (const region of regionsOfGroup(config, name))
      if (settled) found.set(`answers of ${name} for ${region}`, String(world.route53.healthy(regionCheckId(name, region))));
  }
  for (const [group, first] of world.distributions.preferred()) found.set(`origin of ${group}`, first);
  for (const [key, { releases, alias }] of Object.entries(world.releases.services)) {
    const wanted = releases.find((release) => release.state === 'in-progress') ?? releases.find((release) => release.state === 'current');
    found.set(`release of ${key}`, wanted?.id ?? 'none');
    if (alias !== null) found.set(`callers of ${key}`, `${alias.share} get ${alias.canary ?? 'nothing else'}`);
  }
  for (const [id, { writer, moving }] of Object.entries(shared.data.databases)) found.set(`writer of ${id}`, moving?.to ?? writer);
  for (const [key, value] of world.flags) found.set(`flag ${key}`, value);
  for (const what of scriptEffects(shared)) found.set(what, 'stands');
  for (const [region, { items }] of shared.stores) {
    for (const { key, body } of items.values()) {
      if (!key.startsWith('vote#') || typeof body !== 'object' || body === null || !('drain' in body)) continue;
      if (body.drain === true) found.set(`drain ${key} by ${region}`, 'true');
    }
  }
  return found;
}

/** What scripts have done and no undo of theirs has taken back; of a document `x` that is `undo-x`. */
function scriptEffects({ scripts }: Truth['shared']): string[] {
  const standing: string[] = [];
  for (const { document, target } of Object.values(scripts.runs).sort((a, b) => a.startedAt - b.startedAt)) {
    const done = `script ${document.replace(/^undo-/, '')} on ${target.service}/${target.region}`;
    if (!document.startsWith('undo-')) standing.push(done);
    else if (standing.includes(done)) standing.splice(standing.lastIndexOf(done), 1);
  }
  return standing;
}

/** What differs, in words. */
export function differences(was: WorldState, is: WorldState): string[] {
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((what) =>
    was.get(what) === is.get(what) ? [] : [`${what} is ${is.get(what) ?? 'absent'}, not ${was.get(what) ?? 'absent'}`],
  );
}
