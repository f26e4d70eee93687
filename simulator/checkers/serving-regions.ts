import { regionsOfGroup, servicesOfGroup } from '../../core/config/derive.ts';
import { regionCheckId } from '../world/traffic-groups.ts';
import type { Checker, Truth } from './checker.ts';

/** A region serves when clients reach it and most of what they ask of every service of the group succeeds. */
function serves({ config, world }: Truth, group: string, region: string): boolean {
  if (world.weather.unreachable(region)) return false;
  return servicesOfGroup(config, group).every((service) => {
    const here = world.service(service.name, region);
    return here === undefined || here.failingShare() < 0.5;
  });
}

/** Never zero serving regions by our hand: a drain must leave somebody who serves, and no service may lose all of its units to us. */
export function servingRegions(truth: Truth): Checker {
  const { config, world } = truth;
  const violations: Checker['violations'] = [];
  /** Whether a region served when the last vote against it was cast: what changes between vote and effect nobody can take back in time. */
  const servedAtVote = new Map<string, boolean>();
  return {
    name: 'serving-regions',
    violations,
    onEntry({ kind, at, subject, data }) {
      const [group = '', drained = ''] = subject.replace('group:', '').split('/');
      if (kind === 'VoteCast' && data.drain === true) servedAtVote.set(subject, serves(truth, group, drained));
      if (kind !== 'AnswersChanged' || data.healthy !== false) return;
      const regions = regionsOfGroup(config, group);
      const left = regions.filter((region) => world.route53.healthy(regionCheckId(group, region)));
      if (left.length === 0) violations.push({ at, reason: `every region of ${group} is voted out, ${drained} last` });
      else if (servedAtVote.get(subject) !== false && serves(truth, group, drained) && !left.some((region) => serves(truth, group, region)))
        violations.push({ at, reason: `${drained} served ${group} and was drained although none of ${left.join(', ')} serves` });
    },
    onTick(at) {
      for (const [key, { capacity }] of world.services) {
        if (capacity.units.length > 0 && capacity.units.every((unit) => unit.ejected))
          violations.push({ at, reason: `all ${capacity.units.length} units of ${key} are ejected` });
        if (capacity.desired < 1) violations.push({ at, reason: `${key} was scaled to ${capacity.desired} units` });
      }
    },
  };
}
