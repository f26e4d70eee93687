import { findService } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { readObservations } from '../knowledge/observations.ts';
import { lastRelease, whyNotToBlame } from '../knowledge/releases.ts';
import { readSignal } from '../knowledge/signals.ts';
import type { Incident } from '../model/index.ts';
import { within } from '../ports/within.ts';
import type { Move } from './playbook.ts';

const callMs = 8_000;
const signalMinutes = 5;

export interface Circumstance {
  holds: boolean;
  reason: string;
}

const no = (reason: string): Circumstance => ({ holds: false, reason });
const yes = (reason: string): Circumstance => ({ holds: true, reason });

/** Whether what a playbook asks for under `when` holds now. What cannot be seen does not hold. */
export function circumstance(ctx: StageContext, incident: Incident, when: NonNullable<Move['when']>): Promise<Circumstance> {
  switch (when) {
    case 'just-released':
    case 'previous-version-exists':
      return releases(ctx, incident, when);
    case 'capacity-elsewhere':
      return capacityElsewhere(ctx, incident);
    case 'above-minimum-health':
      return aboveMinimum(ctx, incident);
    case 'pool-above-restart':
      return compared(
        ctx,
        incident,
        'poolShare',
        (value) => value > ctx.config.thresholds.poolShareRestart,
        `above ${ctx.config.thresholds.poolShareRestart}`,
      );
    case 'cache-below-repaired':
      return compared(
        ctx,
        incident,
        'cacheHitRatio',
        (value) => value < ctx.config.thresholds.cacheHitRatioRepaired,
        `below ${ctx.config.thresholds.cacheHitRatioRepaired}`,
      );
  }
}

async function releases(ctx: StageContext, incident: Incident, when: 'just-released' | 'previous-version-exists'): Promise<Circumstance> {
  const { service, region } = incident.subject;
  if (region !== ctx.region) return no(`releases of ${region} are seen from there`);
  const last = await lastRelease(ctx, { service, region });
  if (!last.ok) return no(last.reason);
  const { release, previous, at } = last.value;
  if (when === 'previous-version-exists') return previous === null ? no('no previous version exists') : yes(`${previous.version} exists`);
  const onsetAt = incident.onsetAt ?? incident.openedAt;
  const innocent = whyNotToBlame(last.value, onsetAt, ctx.config.policies.releaseWatch.seconds);
  return innocent === null ? yes(`${release.version} was released ${Math.round((onsetAt - at) / 1000)} s before`) : no(innocent);
}

async function capacityElsewhere(ctx: StageContext, incident: Incident): Promise<Circumstance> {
  const group = findService(ctx.config, incident.subject.service)?.trafficGroup;
  if (group === undefined) return no(`${incident.subject.service} has no traffic group`);
  const seen = await readObservations(ctx.ports);
  if (!seen.ok) return no(seen.reason);
  const views = seen.value
    .filter((each) => !each.abstains)
    .flatMap((each) => each.views.filter((view) => view.group === group && view.region !== incident.subject.region));
  const well = views.find((view) => view.status === 'healthy');
  return well === undefined ? no(`no other region of ${group} is healthy`) : yes(`${well.region} is healthy`);
}

async function aboveMinimum(ctx: StageContext, incident: Incident): Promise<Circumstance> {
  const { service, region } = incident.subject;
  const minimum = region === undefined ? undefined : findService(ctx.config, service)?.deployments[region]?.minUnits;
  if (region === undefined || minimum === undefined) return no(`${service} has no deployment there`);
  const now = await ctx.ports.capacity.snapshot({ service, region }, within(ctx.ports.clock, callMs));
  if (!now.ok) return no(now.reason);
  return now.value.healthy > minimum
    ? yes(`${now.value.healthy} healthy, minimum ${minimum}`)
    : no(`${now.value.healthy} healthy units, minimum ${minimum}`);
}

async function compared(
  ctx: StageContext,
  incident: Incident,
  signal: 'poolShare' | 'cacheHitRatio',
  holds: (value: number) => boolean,
  words: string,
): Promise<Circumstance> {
  const { service, region } = incident.subject;
  if (region === undefined) return no('no region');
  const reading = await readSignal(ctx, service, region, signal, signalMinutes);
  if (!reading.ok) return no(reading.reason);
  return { holds: holds(reading.value.latest), reason: `${signal} is ${reading.value.latest.toFixed(2)}, ${words} was asked` };
}
