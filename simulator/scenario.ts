import * as z from 'zod';
import { nearest } from '../core/config/nearest.ts';
import { Action, IncidentState, Locus, timelineKinds } from '../core/model/index.ts';
import { OperatorOrder } from '../core/plan/operator.ts';
import { daySchema } from './world/day.ts';
import { faultKinds, faultSchema } from './world/fault.ts';

const regions = z.array(z.string().min(1)).min(1);

const end = z
  .strictObject({
    traffic: z
      .record(z.string(), regions)
      .optional()
      .describe('Regions that the name servers answer with at the end, by service: exactly these.'),
    outcome: z
      .enum(['verified', 'undone', 'escalated', 'refused', 'untouched'])
      .optional()
      .describe('How the last action ended; untouched: none was tried and the world is as it was.'),
    incident: IncidentState.optional().describe('State of the first incident; with outcome untouched there may be none.'),
    release: z.record(z.string(), z.string()).optional().describe('Version that serves at the end, by service/region.'),
    origin: z
      .record(z.string(), z.string())
      .optional()
      .describe('Region whose origin the distribution of a traffic group prefers, by group.'),
    ejected: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .describe('Units out of service by our hand at the end, by service/region.'),
    failedShareMax: z.number().min(0).max(1).optional().describe('Share of the requests that may still fail in the last ten minutes.'),
  })
  .refine(
    (given) => Object.keys(given).length > 0,
    'expects nothing: name traffic, outcome, incident, release, origin, ejected or failedShareMax',
  );

const expectation = z
  .strictObject({
    acts: z
      .array(z.array(Action))
      .min(1)
      .optional()
      .describe('Any one of these lists of actions, each exact and in order; [[]] means none may act.'),
    ends: z.array(end).min(1).optional().describe('Any one of these ends.'),
    detectedWithinSeconds: z.number().positive().optional().describe('From the first fault to the first incident.'),
    recoveredWithinSeconds: z.number().positive().optional().describe('From the first fault to the proof.'),
    steadyFromMinute: z.number().positive().optional().describe('From this minute to the end at most 1 % of the requests fail.'),
    incidents: z.int().min(0).optional().describe('How many incidents are opened.'),
    forbidden: z
      .array(z.string())
      .optional()
      .describe('API calls that may not be tried, as service:Method, region:<name> for any call into a region.'),
    neverInto: regions.optional().describe('Regions whose capacity is never touched and into which no traffic is moved.'),
    tells: z.array(z.enum(timelineKinds)).optional().describe('Kinds of timeline entries that must be there.'),
    told: z.boolean().optional().describe('People are told (true) or left alone (false).'),
  })
  .refine((given) => Object.keys(given).length > 0, 'is empty: a scenario without an expectation proves nothing');

const truth = z
  .array(
    z.strictObject({
      cause: z.string().min(1).describe('region, region/zone, service/region or service/region/unit; AWS services as aws-dynamodb.'),
      locus: Locus,
      region: z.string().optional().describe('Of the incident that it explains. Default: the region in its cause.'),
    }),
  )
  .min(1);

const scenarioSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is not a kebab-case name')
    .describe('Name of the scenario; that of its file.'),
  source: z.string().min(1).describe('made, or the outage and where its times come from.'),
  note: z.string().optional().describe('What it shows, and which figures are chosen.'),
  minutes: z.number().positive('is not a length of time').max(2_880).describe('Length of the run in simulated minutes.'),
  seed: z.int().min(0).default(1).describe('Seed when the command names none.'),
  config: z.string().optional().describe('Path of the configuration, from the folder of this file; default is the shipped one.'),
  day: daySchema.optional().describe('How the load goes over the day; default is the same load at every hour.'),
  faults: z.array(faultSchema).default([]).describe('What goes wrong, when and where.'),
  truth: truth
    .optional()
    .describe('What is really at fault, one entry a place; `bench -- cause` holds incidents in its region against it.'),
  operator: z
    .strictObject({
      approves: z.boolean().describe('Says yes to what is asked, or no.'),
      afterSeconds: z.number().min(0).max(3600).default(60).describe('How long it takes.'),
    })
    .optional()
    .describe('The person who decides approvals; without one nobody answers.'),
  orders: z
    .array(
      z.strictObject({
        at: z.number().min(0, 'is before the start of the scenario').describe('Minute at which it is given.'),
        in: z.string().min(1).describe('Region that is asked.'),
        order: OperatorOrder.describe('What `evenkeel op` would send: command, by, reason and what the command needs.'),
      }),
    )
    .optional()
    .describe('What a person orders, when and where.'),
  expect: expectation.describe('What must come of it.'),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;

/** The JSON Schema (2020-12) of scenario files, for editors. */
export function scenarioJsonSchema(): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(scenarioSchema, { io: 'input' });
}

/** Something that is wrong with a scenario file: where, what was given, what to do. */
export interface ScenarioProblem {
  path: string;
  value: unknown;
  message: string;
  remedy: string;
}

export type ReadScenario = { ok: true; scenario: Scenario } | { ok: false; problems: ScenarioProblem[] };

/** Reads the shape of a scenario; what it means in a configuration is checked by `scenarioProblems` (scenario-meaning.ts). Every problem is reported at once. */
export function readScenario(raw: unknown): ReadScenario {
  const parsed = scenarioSchema.safeParse(raw);
  if (parsed.success) return { ok: true, scenario: parsed.data };
  return { ok: false, problems: parsed.error.issues.map((issue) => shapeProblem(raw, issue)) };
}

function shapeProblem(raw: unknown, issue: z.core.$ZodIssue): ScenarioProblem {
  const path = pathOf(issue.path);
  const value = valueAt(raw, issue.path);
  if (issue.code === 'unrecognized_keys')
    return { path, value: issue.keys.join(', '), message: `has unknown keys ${issue.keys.join(', ')}`, remedy: 'remove or correct them' };
  if (issue.path.at(-1) === 'kind' && issue.path[0] === 'faults') {
    const guess = typeof value === 'string' ? nearest(value, faultKinds) : undefined;
    return {
      path,
      value,
      message: 'is not a kind of fault',
      remedy: guess === undefined ? `use one of ${faultKinds.join(', ')}` : `did you mean ${guess}? Known: ${faultKinds.join(', ')}`,
    };
  }
  return { path, value, message: issue.message, remedy: remedyOf(path) };
}

function remedyOf(path: string): string {
  if (path.endsWith('.at') || path.endsWith('.until')) return 'give minutes from the start of the scenario, 0 or more';
  if (path.startsWith('expect')) return 'say what must come of it: acts, ends, incidents …; docs/writing-a-scenario.md lists the fields';
  return 'docs/writing-a-scenario.md lists the fields and their values';
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '(file)' : path.map(String).join('.');
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** One line per problem: path, value received, what is wrong, what to do. */
export function showProblem({ path, value, message, remedy }: ScenarioProblem): string {
  return `${path}: ${shown(value)} ${message}; ${remedy}`;
}

/** What a value is shown with at most. */
const shownMax = 200;

/** JSON has no word for what YAML writes as .nan and .inf. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}
