import * as z from 'zod';
import { awsServiceName, dependenciesOf } from '../config/derive.ts';
import { alertNames } from '../config/schema/vocabulary.ts';
import type { Config } from '../config/schema.ts';
import { failed, ok, type Result } from '../model/index.ts';

/** The longest text that is kept of what somebody else says. */
const textMax = 1_000;
const text = z.string().transform((given) => given.slice(0, textMax));
const name = z.string().min(1).max(256);

const envelope = z.object({
  id: name,
  source: name,
  'detail-type': name,
  region: name,
  resources: z.array(z.string().max(2_048)).max(100).default([]),
  detail: z.unknown(),
});

const CloudWatchAlarm = z.object({
  alarmName: name,
  state: z.object({ value: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']), reason: text.default('') }),
});

const HealthEvent = z.object({
  service: name,
  eventTypeCode: name,
  eventTypeCategory: z.string(),
  statusCode: z.string().default('open'),
  eventDescription: z
    .array(z.object({ latestDescription: text }))
    .max(20)
    .default([]),
});

const EcsDeployment = z.object({ eventName: name, reason: text.default('') });

const EcsTask = z.object({
  group: z.string().max(512),
  lastStatus: z.string(),
  stopCode: z.string().optional(),
  stoppedReason: text.default(''),
  clusterArn: z.string().max(2_048),
  taskArn: z.string().max(2_048),
});

const Custom = z.strictObject({
  service: name,
  alert: z.enum(alertNames),
  severity: z.enum(['warning', 'critical']).default('critical'),
  unit: name.optional(),
  reason: text.pipe(z.string().min(1)),
});

/**
 * What an event from outside comes to. `event`: counted, for an alert that needs several or one; `alarm`: an incident unless something
 * holds it; `ignored`: understood, and nothing to do.
 */
export type Trigger =
  | { kind: 'event'; event: 'unit-crashed' | 'deployment-failed'; service: string; id: string; at: number; reason: string }
  | {
      kind: 'alarm';
      alert: (typeof alertNames)[number];
      service: string;
      unit?: string;
      severity: 'warning' | 'critical';
      id: string;
      reason: string;
    }
  | { kind: 'ignored'; reason: string };

const ignored = (reason: string): Result<Trigger> => ok({ kind: 'ignored', reason });

/** Reads one event of the default bus (docs/triggers.md). `at` is when it came, epoch ms. Pure; anything that does not fit is `invalid` with the field that does not. */
export function parseTrigger(raw: unknown, config: Config, region: string, at: number): Result<Trigger> {
  const parsed = envelope.safeParse(raw);
  if (!parsed.success) return unfit('event', parsed.error);
  const event = parsed.data;
  if (event.region !== region) return ignored(`the event is of ${event.region}, this is ${region}`);
  switch (`${event.source}/${event['detail-type']}`) {
    case 'aws.cloudwatch/CloudWatch Alarm State Change':
      return readWith(CloudWatchAlarm, event.detail, (detail) => ofAlarm(config, event.id, detail));
    case 'aws.health/AWS Health Event':
      return readWith(HealthEvent, event.detail, (detail) => ofHealth(config, event.id, detail));
    case 'aws.ecs/ECS Deployment State Change':
      return readWith(EcsDeployment, event.detail, (detail) => ofDeployment(config, region, event.id, at, event.resources, detail));
    case 'aws.ecs/ECS Task State Change':
      return readWith(EcsTask, event.detail, (detail) => ofTask(config, region, at, detail));
  }
  if (event['detail-type'] === 'evenkeel trigger') return readWith(Custom, event.detail, (detail) => ofCustom(config, event.id, detail));
  return ignored(`${event.source} ${event['detail-type']} is no trigger`);
}

function readWith<T>(schema: z.ZodType<T>, detail: unknown, read: (detail: T) => Result<Trigger>): Result<Trigger> {
  const parsed = schema.safeParse(detail);
  return parsed.success ? read(parsed.data) : unfit('detail', parsed.error);
}

function unfit(what: string, error: z.ZodError): Result<Trigger> {
  const [issue] = error.issues;
  return failed('invalid', `${[what, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'does not fit'}`);
}

/** An alarm says which service and alert it is about by its name: `…<service>/<alert>`. Missing data is neither health nor failure. */
function ofAlarm(config: Config, id: string, { alarmName, state }: z.infer<typeof CloudWatchAlarm>): Result<Trigger> {
  const [alert, service] = alarmName.split('/').reverse();
  const known = alertNames.find((each) => each === alert);
  const owner = config.services.find((each) => each.name === service);
  if (known === undefined || owner === undefined)
    return ignored(`the alarm ${alarmName} does not end in <service>/<alert> of the configuration`);
  if (state.value !== 'ALARM')
    return ignored(`${alarmName} is ${state.value}: ${state.value === 'OK' ? 'over' : 'missing data says nothing'}`);
  return ok({
    kind: 'alarm',
    alert: known,
    service: owner.name,
    severity: 'critical',
    id,
    reason: `${alarmName} is in ALARM: ${state.reason}`,
  });
}

/** AWS says so itself, often late: a warning about what somebody here depends on; probes decide whether anything is done. */
function ofHealth(config: Config, id: string, detail: z.infer<typeof HealthEvent>): Result<Trigger> {
  const service = awsServiceName(detail.service.toLowerCase());
  if (detail.eventTypeCategory !== 'issue' || detail.statusCode === 'closed')
    return ignored(`${detail.eventTypeCode} is ${detail.eventTypeCategory}, ${detail.statusCode}`);
  if (!config.services.some((each) => dependenciesOf(each).some((dependency) => dependency.service === service)))
    return ignored(`nothing here depends on ${service}`);
  const description = detail.eventDescription[0]?.latestDescription ?? detail.eventTypeCode;
  return ok({ kind: 'alarm', alert: 'dependency-down', service, severity: 'warning', id, reason: `AWS Health: ${description}` });
}

function ofDeployment(
  config: Config,
  region: string,
  id: string,
  at: number,
  resources: readonly string[],
  { eventName, reason }: z.infer<typeof EcsDeployment>,
): Result<Trigger> {
  // arn:aws:ecs:region:account:service/cluster/service
  const [, cluster, service] = resources.find((each) => each.includes(':service/'))?.split('/') ?? [];
  const owner = ecsOwner(config, region, cluster, service);
  if (owner === null) return ignored(`${resources[0] ?? 'the deployment'} is of no service here`);
  if (eventName !== 'SERVICE_DEPLOYMENT_FAILED') return ignored(`${eventName}: the release watch follows the deployments themselves`);
  return ok({ kind: 'event', event: 'deployment-failed', service: owner, id, at, reason });
}

/** A task that ended although nobody asked it to. */
function ofTask(config: Config, region: string, at: number, detail: z.infer<typeof EcsTask>): Result<Trigger> {
  const owner = ecsOwner(config, region, detail.clusterArn.split('/').at(-1), detail.group.replace(/^service:/, ''));
  if (owner === null || detail.lastStatus !== 'STOPPED' || detail.stopCode !== 'EssentialContainerExited')
    return ignored(`${detail.group} ${detail.lastStatus} ${detail.stopCode ?? ''}: no crash of a service here`);
  return ok({ kind: 'event', event: 'unit-crashed', service: owner, id: detail.taskArn, at, reason: detail.stoppedReason });
}

function ofCustom(config: Config, id: string, detail: z.infer<typeof Custom>): Result<Trigger> {
  const { unit, ...rest } = detail;
  if (!config.services.some((each) => each.name === detail.service))
    return failed('invalid', `detail.service: ${JSON.stringify(detail.service)} is no service of the configuration`);
  return ok({ kind: 'alarm', id, ...rest, ...(unit === undefined ? {} : { unit }) });
}

function ecsOwner(config: Config, region: string, cluster: string | undefined, service: string | undefined): string | null {
  const owner = config.services.find((each) => {
    const deployment = each.deployments[region];
    return deployment?.kind === 'ecs' && deployment.cluster === cluster && deployment.service === service;
  });
  return owner?.name ?? null;
}
