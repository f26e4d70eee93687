import { findService } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { readObservations } from '../knowledge/observations.ts';
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
  const history = await ctx.ports.releases.history({ service, region }, within(ctx.ports.clock, callMs));
  if (!history.ok) return no(history.reason);
  const [current, ...older] = history.value;
  if (current === undefined) return no(`${service} has no release on record`);
  if (when === 'previous-version-exists') return older.length > 0 ? yes(`${older[0]?.version} exists`) : no('no previous version exists');
  const seconds = (incident.openedAt - current.at) / 1000;
  const limit = ctx.config.policies.releaseWatch.seconds;
  return seconds >= 0 && seconds <= limit
    ? yes(`${current.version} was released ${Math.round(seconds)} s before`)
    : no(`the last release is ${Math.round(seconds / 60)} min old`);
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
