import * as z from 'zod';
import { Message, type Result } from '../../core/model/index.ts';
import type { FunctionContext } from './context.ts';

/** Thrown when a stage says that it failed and that the event is to be delivered again. */
class StageFailed extends Error {
  override readonly name = 'StageFailed';
}

/** One handler: runs the stage, logs what it throws once, and ends only when the trace is written. */
export function serve<T>(ctx: FunctionContext, stage: (event: unknown) => Promise<T>): (event: unknown) => Promise<T> {
  return async (event) => {
    try {
      return await stage(event);
    } catch (error) {
      ctx.logger.error('invocation failed', error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      await ctx.flush();
    }
  };
}

const BusEvent = z.object({ detail: Message });

/** True for an event that EventBridge delivered from a bus, as against a machine's task or a schedule. */
export function isBusEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'detail-type' in event && 'detail' in event;
}

/** True for what the schedule sends once a minute to functions that also take messages or tasks. */
export function isTick(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'operation' in event && event.operation === 'minute';
}

/** The message in an event of our own bus; throws on anything else, since only our own rules invoke us. */
export function messageOf(event: unknown): Message {
  return BusEvent.parse(event).detail;
}

/** A stage's Result as Lambda understands it: what may help to repeat is thrown, the rest was said where it happened. */
export function orRetry(ctx: FunctionContext, result: Result<unknown> | undefined): void {
  if (result === undefined || result.ok) return;
  if (result.retryable) throw new StageFailed(`${result.code}: ${result.reason}`);
  ctx.logger.warn('not done', { code: result.code, reason: result.reason });
}

/** A failure of any kind is thrown: Lambda delivers the event twice more, and puts it to the dead letters then. */
export function orDeadLetter(result: Result<unknown>): void {
  if (!result.ok) throw new StageFailed(`${result.code}: ${result.reason}`);
}
