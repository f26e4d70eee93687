import type { StageContext } from '../config/stage-context.ts';
import { readAllHealth } from '../knowledge/health.ts';
import { ask, type BreakerState, release as releaseHold, settle } from './breaker/breaker.ts';
import { type Breakers, type Dependencies, releaseNext } from './breaker/cascade.ts';
import { breakerConfig, cascadeHere, keepCascade } from './breakers.ts';

/**
 * Once a minute: the way back from a cascade, in order. A dependent is let go when what it calls is well, then proves itself by being well
 * once more before the next layer follows.
 */
export async function recoverBreakers(ctx: StageContext): Promise<void> {
  const cascade = await cascadeHere(ctx);
  if (cascade === null) return;
  const shut = [...cascade.stored.values()].filter(({ state }) => state.circuit.kind !== 'closed');
  if (shut.length === 0) return;
  const states = await readAllHealth(ctx);
  if (!states.ok) return;
  const statusOf = (service: string) =>
    states.value.find(({ health }) => health.subject.service === service && health.subject.region === ctx.region)?.health.status;
  const holders = new Set(shut.flatMap(({ state }) => (state.circuit.kind === 'held' ? state.circuit.by : [])));
  for (const sick of holders) {
    // Where nobody looks at it any more nothing would ever let go.
    if ((statusOf(sick) ?? 'healthy') !== 'healthy') continue;
    const known = ctx.config.services.some((each) => each.name === sick);
    const next = known ? releaseNext(cascade.breakers, cascade.calls, sick) : releaseOutside(cascade.breakers, cascade.calls, sick);
    await keepCascade(ctx, cascade.stored, next, `${sick} is well again`);
  }
  const config = breakerConfig(ctx);
  const now = ctx.ports.clock.now();
  const trials = Object.fromEntries(
    shut.flatMap(({ target, state }): [string, BreakerState][] => {
      const name = target.split('/')[0] ?? '';
      if (state.circuit.kind === 'held' || statusOf(name) !== 'healthy') return [];
      const trial = ask(config, state, now, `recovery-${now}`);
      return trial.admitted ? [[name, settle(config, trial.state, now, `recovery-${now}`, 'success')]] : [];
    }),
  );
  await keepCascade(ctx, cascade.stored, trials, 'it is well after it was let go');
}

/** A sick service of somebody else has no breaker here: its direct callers are let go first, the others after them. */
function releaseOutside(breakers: Breakers, calls: Dependencies, sick: string): Breakers {
  const isShut = (name: string) => (breakers[name]?.circuit.kind ?? 'closed') !== 'closed';
  return Object.fromEntries(
    Object.entries(breakers).map(([name, state]) => [name, (calls[name] ?? []).some(isShut) ? state : releaseHold(state, sick)]),
  );
}
