import type { StageContext } from '../config/stage-context.ts';
import type { Incident } from '../model/index.ts';

/** An incident with its likeliest cause in it, and how to tell what speaks for that. Null: nothing is known to fail. */
export type ExplainCause = (ctx: StageContext, given: Incident) => Promise<{ incident: Incident; tell(): Promise<void> } | null>;

/** What may open incidents. Explaining one is a lot of code for something rare, so that the caller loads it. */
export interface AnalyzeContext extends StageContext {
  explain: ExplainCause;
}
