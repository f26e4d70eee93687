import * as z from 'zod';
import { JsonObject } from '../../model/json.ts';
import { kebabName, positive } from './leaves.ts';
import { actionNames, alertNames } from './vocabulary.ts';

export const levelNames = ['soft', 'resource', 'infrastructure', 'emergency'] as const;
type LevelName = (typeof levelNames)[number];

/** Facts that an action, or a whole playbook, may ask for before it is tried. */
const circumstance = z.enum([
  'just-released',
  'previous-version-exists',
  'capacity-elsewhere',
  'above-minimum-health',
  'pool-above-restart',
  'cache-below-repaired',
]);

const backoff = z.strictObject({
  kind: z.enum(['exponential', 'linear', 'fixed']).describe('How the wait grows from attempt to attempt.'),
  seconds: positive.describe('The first wait in seconds.'),
  maxSeconds: positive.describe('The longest wait in seconds.'),
});

/** The stronger the level, the fewer the attempts. */
const patience: Record<LevelName, { attempts: number; backoff: z.output<typeof backoff> }> = {
  soft: { attempts: 3, backoff: { kind: 'exponential', seconds: 30, maxSeconds: 300 } },
  resource: { attempts: 2, backoff: { kind: 'linear', seconds: 60, maxSeconds: 120 } },
  infrastructure: { attempts: 1, backoff: { kind: 'fixed', seconds: 300, maxSeconds: 300 } },
  emergency: { attempts: 1, backoff: { kind: 'fixed', seconds: 300, maxSeconds: 300 } },
};

const playbookAction = z.strictObject({
  action: z.enum(actionNames).describe('One of the actions that evenkeel knows.'),
  when: circumstance.optional().describe('Skip the action unless this holds.'),
  args: JsonObject.default({}).describe('Arguments of the action, such as the share of a shift or the document of a script.'),
});

const level = z
  .strictObject({
    name: z.enum(levelNames).describe('How strong the level is: soft, resource, infrastructure, emergency.'),
    actions: z.array(playbookAction).min(1).describe('Actions, tried in order.'),
    attempts: z.int().min(1).max(10).optional().describe('Attempts; default 3 soft, 2 resource, 1 infrastructure and emergency.'),
    backoff: backoff.optional().describe('Waits between attempts; default exponential 30–300 s, linear 60 s, fixed 300 s by level.'),
    waitSeconds: z.number().min(0).max(3600).default(0).describe('Seconds to wait after the actions before judging the symptoms.'),
  })
  .transform((given) => ({
    ...given,
    attempts: given.attempts ?? patience[given.name].attempts,
    backoff: given.backoff ?? patience[given.name].backoff,
  }));

export const playbook = z.strictObject({
  name: kebabName.describe('Name of the playbook, unique in this file.'),
  alert: z.enum(alertNames).describe('The alert that it answers.'),
  levels: z.array(level).min(1).max(8).describe('Levels, climbed one by one until the symptoms are gone.'),
  prerequisites: z.array(circumstance).default([]).describe('What must hold before the first level.'),
  warning: z.enum(['notify', 'act']).default('notify').describe('What a warning does: only log and notify, or act as for critical.'),
});
export type Playbook = z.output<typeof playbook>;
