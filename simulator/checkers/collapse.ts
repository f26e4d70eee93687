import { regionsOfGroup, servicesOfGroup } from '../../core/config/derive.ts';
import type { Checker, Truth } from './checker.ts';

/** A region that gets this much more than it can carry, for this long after a move, has been pushed over. */
const overloaded = 1.2;
const overloadedMs = 180_000;
const watchedMs = 15 * 60_000;

/**
 * Never a collapsed target: the regions that take the traffic over can carry it. Load that the scenario adds, and a zone that it takes away
 * once the votes for the move are cast, are not our doing.
 */
export function collapse({ config, world }: Truth): Checker {
  const violations: Checker['violations'] = [];
  const movedAt = new Map<string, number>();
  /** When the last vote was cast to drain a region of a group. */
  const votedAt = new Map<string, number>();
  /** When the votes for a group's last move were cast. */
  const decidedAt = new Map<string, number>();
  /** When a region last lost a zone to the scenario. */
  const darkenedAt = new Map<string, number>();
  const since = new Map<string, number>();
  return {
    name: 'collapse',
    violations,
    onEntry({ kind, at, region, subject, data }) {
      if (kind === 'FaultBegan' && data.kind === 'zone-down') darkenedAt.set(region, at);
      if (kind === 'VoteCast' && data.drain === true) votedAt.set(subject, at);
      if (kind === 'AnswersChanged' && data.healthy === false) {
        const [group = ''] = subject.replace('group:', '').split('/');
        movedAt.set(group, at);
        decidedAt.set(group, votedAt.get(subject) ?? at);
      }
    },
    onTick(at) {
      if (world.weather.of('load').length > 0) return;
      for (const [group, moved] of movedAt) {
        if (at - moved > watchedMs) continue;
        const answered = world.answered(group, at);
        for (const service of servicesOfGroup(config, group)) {
          for (const region of regionsOfGroup(config, group)) {
            const key = `${service.name}/${region}`;
            const utilisation = world.service(service.name, region)?.serving.utilisation ?? 0;
            const darkened = (darkenedAt.get(region) ?? 0) > (decidedAt.get(group) ?? moved);
            const taking = (answered.get(region) ?? 0) > 0 && !world.weather.unreachable(region) && !darkened;
            if (!taking || utilisation < overloaded) since.delete(key);
            else if (!since.has(key)) since.set(key, at);
            else if (at - (since.get(key) ?? at) === overloadedMs)
              violations.push({ at, reason: `${key} gets ${utilisation.toFixed(1)} times what it can carry since the move` });
          }
        }
      }
    },
  };
}
