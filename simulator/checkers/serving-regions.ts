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

/** What has failed for less than this nobody can know yet: a fault is to be detected within 30 s, and the world moves on every five. */
const unknowableMs = 35_000;

/** Never zero serving regions by our hand: a drain must leave somebody who serves, and no service may lose all of its units to us. */
export function servingRegions(truth: Truth): Checker {
  const { config, world } = truth;
  const violations: Checker['violations'] = [];
  /** By group and region: whether it served when the last vote against it was cast, and which others did then, as far as could be known. */
  const atVote = new Map<string, { served: boolean; others: string[] }>();
  const lastServedAt = new Map<string, number>();
  const noteVote = (subject: string, group: string, drained: string, at: number) => {
    const served = (region: string) =>
      serves(truth, group, region) || at - (lastServedAt.get(`${group}/${region}`) ?? -Infinity) < unknowableMs;
    const others = regionsOfGroup(config, group).filter((region) => region !== drained && served(region));
    atVote.set(subject, { served: serves(truth, group, drained), others });
  };
  return {
    name: 'serving-regions',
    violations,
    onEntry({ kind, at, subject, data }) {
      const [group = '', drained = ''] = subject.replace('group:', '').split('/');
      if (kind === 'VoteCast' && data.drain === true) noteVote(subject, group, drained, at);
      if (kind !== 'AnswersChanged' || data.healthy !== false) return;
      const regions = regionsOfGroup(config, group);
      const left = regions.filter((region) => world.route53.healthy(regionCheckId(group, region)));
      if (left.length === 0) violations.push({ at, reason: `every region of ${group} is voted out, ${drained} last` });
      // What changes between vote and effect nobody can take back in time.
      const then = atVote.get(subject);
      const knew = then === undefined || (then.served && !left.some((region) => then.others.includes(region)));
      if (left.length > 0 && knew && serves(truth, group, drained) && !left.some((region) => serves(truth, group, region)))
        violations.push({ at, reason: `${drained} served ${group} and was drained although none of ${left.join(', ')} serves` });
    },
    onTick(at) {
      for (const { name } of config.trafficGroups)
        for (const region of regionsOfGroup(config, name)) if (serves(truth, name, region)) lastServedAt.set(`${name}/${region}`, at);
      for (const [key, { capacity }] of world.services) {
        if (capacity.units.length > 0 && capacity.units.every((unit) => unit.ejected))
          violations.push({ at, reason: `all ${capacity.units.length} units of ${key} are ejected` });
        if (capacity.desired < 1) violations.push({ at, reason: `${key} was scaled to ${capacity.desired} units` });
      }
    },
  };
}
