import type { ActionName, Service } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import type { Capacity, Incident, PolicyDecision, RegionView, Run, ServiceState, Standing, Switch, Target } from '../../model/index.ts';

/** What a policy is asked: may this action be done to this target for this incident now? Everything it needs to know is in here. */
export interface PolicyQuestion {
  incident: Incident;
  action: ActionName;
  target: Target;
  /** The region that would take the traffic, for a failover. */
  to?: string;
  /** Share of the service's units that the action takes out at once. */
  capacityOutShare: number;
  now: number;
  /** Runs of the last hours, newest anywhere in the list. */
  runs: readonly Run[];
  switches: Readonly<Record<string, Switch | 'unreadable' | null>>;
  incidents: readonly Incident[];
  standings: readonly Standing[];
  /** Health of every service here and elsewhere, as this region sees it. */
  states: readonly ServiceState[];
  /** What observers other than the target's region see of its group. */
  views: readonly RegionView[];
  /** Regions that have released the target's service themselves lately. */
  released: readonly string[];
  /** Regions that the authoritative servers answer with for the target's group; null: they could not be asked, or there is no group. */
  answers: readonly string[] | null;
  /** Units of the target, where the action touches them; null: they could not be seen. */
  capacity: Capacity | null;
  /** Used share of the target's CPU; null: nothing measures it. */
  cpuShare: number | null;
  /** What the breakers of the target say, each with its name. */
  breakers: readonly { name: string; admitted: boolean; reason: string }[];
}

/** A named rule; pure, and its reason carries the numbers. */
export type Policy = (ctx: StageContext, question: PolicyQuestion) => PolicyDecision;

export const allow = (name: string, reason: string): PolicyDecision => ({ name, allowed: true, reason });
export const refuse = (name: string, reason: string): PolicyDecision => ({ name, allowed: false, reason });

export function serviceOf(ctx: StageContext, { incident }: PolicyQuestion): Service | undefined {
  return ctx.config.services.find((each) => each.name === incident.subject.service);
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
