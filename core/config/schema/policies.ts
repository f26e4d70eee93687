import * as z from 'zod';
import { kebabName, positive, share } from './leaves.ts';
import { type ActionName, actionNames } from './vocabulary.ts';

const actions = z.array(z.enum(actionNames));

const telling: ActionName[] = ['notify', 'page', 'wait'];
const gentle: ActionName[] = [...telling, 'degrade', 'protect', 'restart', 'script', 'scale'];
const everything: ActionName[] = [...gentle, 'eject', 'shift', 'rollback', 'failover', 'failback'];

const byTier = (tiers: { tier1: ActionName[]; tier2: ActionName[]; tier3: ActionName[] }) =>
  z
    .strictObject({
      tier1: actions.default(tiers.tier1).describe('Actions allowed on services of tier 1.'),
      tier2: actions.default(tiers.tier2).describe('Actions allowed on services of tier 2.'),
      tier3: actions.default(tiers.tier3).describe('Actions allowed on services of tier 3.'),
    })
    .prefault({});

const allowedActions = z.strictObject({
  warning: byTier({ tier1: gentle, tier2: gentle, tier3: telling }).describe('Allowed while the incident is a warning.'),
  critical: byTier({ tier1: everything, tier2: everything, tier3: everything }).describe('Allowed while the incident is critical.'),
});

const budgets = z.strictObject({
  perTargetPerHour: z
    .int()
    .min(0)
    .default(2)
    .describe('Incidents of one target that are answered in an hour; the levels of a playbook that was begun are one answer.'),
  globalPerHour: z.int().min(0).default(20).describe('Actions over all targets per hour.'),
  perServiceAtOnce: z
    .int()
    .min(1)
    .default(1)
    .describe(
      "Actions of one service at once in a region, so that one service's storm cannot starve another; moves of its traffic count over all regions.",
    ),
  regionsDrainedMax: z.int().min(0).default(1).describe('Regions of one traffic group drained at once.'),
  capacityOutShareMax: share.default(0.34).describe('Share of the units of a service that may be out of service by our hand.'),
});

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day like 02:30');

/** Days and hours in UTC; `to` before `from` means that it ends on the next day. */
const hours = {
  name: kebabName.describe('Name of the window, for reasons.'),
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .describe('Days on which it begins, in UTC.'),
  from: timeOfDay.describe('Begin, HH:MM in UTC.'),
  to: timeOfDay.describe('End, HH:MM in UTC; earlier than from means the next day.'),
};

/** What may be done, when, how often, and who has to agree. A refused action names the policy that refused it. */
export const policies = z.strictObject({
  maxScaleFactor: z.number().min(1).max(10).default(2).describe('At most this times the units that were running.'),
  ceilingUnits: z.int().min(1).default(100).describe('Units that no deployment goes above, whatever its own maximum says.'),
  allowedActions: allowedActions.prefault({}).describe('Actions by severity of the incident and tier of the service.'),
  budgets: budgets.prefault({}).describe('How much may be done.'),
  cooldownSeconds: z.number().min(0).default(600).describe('Seconds after an action before the next one on the same target.'),
  flapPenaltyFactor: z.number().min(1).max(10).default(2).describe('Growth of the cooldown with each flap of the target.'),
  storm: z
    .strictObject({
      alarms: z.int().min(2).default(20).describe('Alarms of one cause that make a storm: one incident, one action.'),
      windowSeconds: positive.default(60).describe('Seconds in which they come.'),
    })
    .prefault({})
    .describe('Storm protection.'),
  maintenanceWindows: z
    .array(
      z.strictObject({ ...hours, allow: actions.default(everything).describe('Actions allowed in the window, whatever the severity.') }),
    )
    .default([])
    .describe('Hours in which more is allowed.'),
  peakHours: z.array(z.strictObject(hours)).default([]).describe('Hours in which only lowRiskActions are allowed, failover excepted.'),
  lowRiskActions: actions.default(gentle).describe('Actions that are allowed in peak hours.'),
  heavyActions: actions
    .default(['restart', 'rollback', 'script'])
    .describe('Actions that a target above thresholds.cpuShare does not get.'),
  bakeSeconds: z.number().min(0).max(3600).default(60).describe('Seconds that a proven move is watched before it counts as done.'),
  failback: z
    .strictObject({ provenSeconds: positive.default(1800).describe('Seconds the old region must have been well before a failback.') })
    .prefault({})
    .describe('The way back, which a person starts.'),
  approvals: z
    .strictObject({
      expireSeconds: z.number().min(60).max(86_400).default(900).describe('Seconds after which an open approval counts as denied.'),
    })
    .prefault({})
    .describe('Approvals in approve mode and before points of no return.'),
  paging: z
    .strictObject({
      afterSeconds: z
        .number()
        .min(0)
        .max(300)
        .default(300)
        .describe('Seconds after opening at which a person is paged unless recovery is verified; at most 300.'),
    })
    .prefault({})
    .describe('When a person is woken.'),
  breaker: z
    .strictObject({
      failures: z.int().min(1).default(3).describe('Failed actions on a target that open its breaker.'),
      openSeconds: positive.default(1800).describe('Seconds until one trial action is allowed.'),
      successes: z.int().min(1).default(1).describe('Successful trials that close it.'),
    })
    .prefault({})
    .describe('Circuit breaker per target and action.'),
  releaseWatch: z
    .strictObject({
      seconds: positive.default(7200).describe('Seconds that a release is watched.'),
      errorRate: share.default(0.01).describe('Error rate above which it is rolled back.'),
      p99Ms: positive.default(2000).describe('99th percentile of the response time in milliseconds above which it is rolled back.'),
    })
    .prefault({})
    .describe('The watch that follows each release.'),
});
