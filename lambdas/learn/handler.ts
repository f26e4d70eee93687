import { CloseTask, closeRun } from '../../core/learn/close-run.ts';
import { learnMinute, onLearnMessage } from '../../core/learn/learn.ts';
import { type Base, createContext } from '../runtime/context.ts';
import { only } from '../runtime/denied.ts';
import { lazy } from '../runtime/lazy.ts';
import { createBus } from '../runtime/ports/bus.ts';
import { createPeerStores } from '../runtime/ports/peer-stores.ts';
import { isBusEvent, isTick, messageOf, serve } from '../runtime/serve.ts';
import { LearnEnv } from './env.ts';

const env = LearnEnv.parse(process.env);
const capacityOf = (base: Base) => async () => (await import('../runtime/ports/capacity.ts')).createCapacity(base);
const ctx = createContext('learn', env, (base) => ({
  bus: createBus(base, env),
  peerStores: createPeerStores(base, env),
  metricSink: lazy(async () => (await import('../runtime/ports/metric-sink.ts')).createMetricSink(base, env)),
  metricSource: lazy(async () => (await import('../runtime/ports/metric-source.ts')).createMetricSource(base)),
  capacity: only('learn', 'capacity', lazy(capacityOf(base)), ['quota']),
  notifier: lazy(async () => (await import('../runtime/ports/notifier.ts')).createNotifier(base, env)),
}));

/** A machine closes its run, a message is learned from, and the schedule has shadow decisions scored. */
export const handler = serve(ctx, async (event) => {
  if (isBusEvent(event)) return onLearnMessage(ctx, messageOf(event));
  return isTick(event) ? learnMinute(ctx) : closeRun(ctx, CloseTask.parse(event));
});
