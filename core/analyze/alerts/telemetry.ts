import type { StageContext } from '../../config/stage-context.ts';
import type { AlertRule } from '../../knowledge/alert-rules.ts';
import { tellPeople } from '../../knowledge/tell-people.ts';
import type { WatchState } from '../../knowledge/watch-state.ts';
import type { Finding } from './findings.ts';

/** One look at one signal: null when there is nothing to see, which says nothing. */
export interface SignalLook {
  rule: AlertRule;
  service: string;
  value: number | null;
  finding: Finding | null;
}

const silentSeconds = 180;

/**
 * Signals that had data and have none: inconclusive, never an alert. Nothing acts on silence; people are told once for each silence of the
 * region, however many signals are gone, and again when all of them are back.
 */
export async function noteSilence(ctx: StageContext, watch: WatchState, looks: readonly SignalLook[]): Promise<WatchState> {
  const now = ctx.ports.clock.now();
  const keyOf = (look: SignalLook) => `${look.service}|${look.rule.alert}`;
  const gone = looks.filter(
    (look) => look.value === null && (watch.speaking.includes(keyOf(look)) || watch.silent[keyOf(look)] !== undefined),
  );
  const speaking = looks.filter((look) => look.value !== null).map(keyOf);
  const silent = Object.fromEntries(gone.map((look) => [keyOf(look), watch.silent[keyOf(look)] ?? { since: now, told: false }]));
  const known = Object.values(watch.silent).some((each) => each.told);
  const lasting = Object.values(silent).some((each) => now - each.since >= silentSeconds * 1000);
  const next = { ...watch, silent, speaking: [...new Set([...speaking, ...Object.keys(silent)])].sort() };
  if (known && gone.length === 0) {
    await tell(ctx, `telemetry of ${ctx.region} speaks again`, 'every signal that was silent has data again');
    return next;
  }
  if (known || !lasting) return { ...next, silent: known ? markTold(silent) : silent };
  await tell(
    ctx,
    `telemetry of ${ctx.region} is silent`,
    `${gone.length} of ${looks.length} signals have had no data for ${silentSeconds} s (${gone.map((look) => `${look.rule.metric} of ${look.service}`).join(', ')}): that is neither health nor failure, nothing is done about it; probes go on`,
  );
  return { ...next, silent: markTold(silent) };
}

function markTold(silent: WatchState['silent']): WatchState['silent'] {
  return Object.fromEntries(Object.entries(silent).map(([key, each]) => [key, { ...each, told: true }]));
}

async function tell(ctx: StageContext, title: string, text: string): Promise<void> {
  await tellPeople(ctx, { id: ctx.ports.ids.next('note'), at: ctx.ports.clock.now(), severity: 'warning', page: false, title, text });
}
