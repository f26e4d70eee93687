import { messageRoutes } from '../../core/model/index.ts';
import { isBusEvent } from './serve.ts';

/**
 * True for an event of somebody else's: an alarm, AWS Health, ECS, or the documented custom event. The source alone does not tell, for
 * whoever may write to the account's bus may name ours there; the detail-type does: our own bus, which takes our roles only, delivers
 * messages under their own type, and no rule on the account's bus lets such a type through.
 */
export function isOutsideEvent(event: unknown): boolean {
  return isBusEvent(event) && !messageTypes.has((event as { 'detail-type': unknown })['detail-type']);
}

const messageTypes: ReadonlySet<unknown> = new Set(Object.values(messageRoutes).flat());
