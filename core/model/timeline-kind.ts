/**
 * The kinds of timeline entries that the stages write, with what `data` holds. `subject` is a subjectKey, a targetKey
 * (steps, plans, outcomes) or `group:<group>/<region>` (votes, quorum). Every entry carries its reason.
 */
export const timelineKinds = [
  'HealthChanged', // { from, to, score, observer }
  'Abstained', // { since } the observer does not trust itself; 'Trusted' when it does again
  'Trusted',
  'QuorumReached', // { group, region, votes: [{ observer, status }], needed }
  'AnomalyFlagged', // Anomaly
  'AlertRaised', // { alert, service, region, unit, incident } a condition of the catalogue has held for its duration
  'AlertHeld', // the same; it opens no incident of its own, the reason says why
  'AlertCleared', // { alert, service, region, unit }
  'ReleaseWatched', // { service, region, version }
  'ReleaseJudged', // { service, region, version, verdict } the canary judge, whenever its verdict changes
  'ReleaseHeld', // { service, region, version } it failed, and something else stands in the way of taking it back
  'ReleaseStable', // { service, region, version }
  'ReleaseFailed', // { service, region, version }
  'IncidentOpened', // { incident, epoch, group?, alert, locus, severity }
  'CauseRanked', // { incident, candidates: [{ cause, locus, probability }], cascadeRisk, atRisk: string[], path: string[], blastRadius }
  'IncidentChanged', // { incident, from, to }
  'PlanMade', // { incident, plan, action, target, level, attempt, steps: string[], mode }
  'PolicyRefused', // { incident, policy, action, target }
  'ApprovalRequested', // { incident, plan, expiresAt }
  'ApprovalDecided', // { incident, plan, by, accept }
  'GrantGiven', // { group, region, voter, epoch, incident }
  'GrantRefused', // { group, region, voter, epoch, incident }
  'VoteCast', // { group, region, voter, epoch, drain }
  'StepIntended', // { plan, step, kind, epoch, executionId }
  'StepApplied', // { plan, step, kind, epoch, executionId, mutates }
  'StepLooked', // { plan, step, verdict, passes, looks }
  'StepVerified', // { plan, step, verdict }
  'StepCommitted', // { plan, step }
  'UndoApplied', // { plan, step, kind, epoch }
  'UndoVerified', // { plan, step, verdict }
  'Superseded', // { plan, step, epoch, by }
  'TargetFrozen', // { target, plan? }
  'TargetThawed', // { target, by }
  'RunClaimed', // { plan, epoch, from } a successor takes a run over
  'OutcomeRecorded', // { incident, plan, action, target, state, seconds }
  'Notified', // { severity, page, title }
  'SwitchChanged', // { name, on, by }
  'GlassBroken', // { incident, by, past: string[] } a person's drain goes past these switches
  'BreakerChanged', // { target, action, from, to }
  'LessonLearned', // { action, alert, attempts, successes }
  'ActionChosen', // { incident, chosen, candidates: [{ action, probability, blast, seconds, cost }] }
  'ShadowScored', // { incident, plan, action, hit } what observe mode would have done, against what happened
  'ExhaustionPredicted', // { service, region, supply, seconds } a supply is used up soon
  'DetectorDrifted', // { detector, drift } a detector no longer does what it did
  'StragglersSeen', // { group, region, requestsPerMinute }
] as const;
export type TimelineKind = (typeof timelineKinds)[number];
