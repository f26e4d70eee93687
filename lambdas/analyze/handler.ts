import type { CanaryJudge } from '../../core/analyze/alerts/release-watch.ts';
import { onAnalyzeMessage } from '../../core/analyze/analyze.ts';
import type { ExplainCause } from '../../core/analyze/analyze-context.ts';
import { emptySeriesMemory } from '../../core/analyze/anomalies.ts';
import { createAnalyzeContext } from '../runtime/analyze-context.ts';
import { isOutsideEvent } from '../runtime/outside-event.ts';
import { isBusEvent, messageOf, orRetry, serve } from '../runtime/serve.ts';
import { AnalyzeEnv } from './env.ts';

/** Loaded with the first incident that is opened. */
const explain: ExplainCause = async (...asked) => (await import('../../core/analyze/likely-cause.ts')).causeOf(...asked);

const ctx = { ...createAnalyzeContext(AnalyzeEnv.parse(process.env)), explain };
/** Lives as long as this instance; what has to outlive it is in the table. */
const memory = emptySeriesMemory(async (...rows) => (await import('../../core/analyze/systemic.ts')).watchRegions(...rows));

/** Loaded with the first release that is watched. */
const canary: CanaryJudge = async (...asked) => (await import('../../core/analyze/alerts/release-canary.ts')).judgeByCanary(...asked);

/** A message is folded into what is known, an outside event weighed; the schedule has the alerts looked at. */
export const handler = serve(ctx, async (event) => {
  if (isOutsideEvent(event)) return orRetry(ctx, await (await import('../../core/analyze/alerts/on-trigger.ts')).onTrigger(ctx, event));
  return isBusEvent(event) ? orRetry(ctx, await onAnalyzeMessage(ctx, messageOf(event), memory)) : minute();
});

/** Only the schedule pays for loading what is looked at once a minute. */
async function minute(): Promise<void> {
  const { watchMinute } = await import('../../core/analyze/alerts/watch-minute.ts');
  await watchMinute(ctx, canary);
}
