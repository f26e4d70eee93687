import { randomUUID } from 'node:crypto';
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import * as z from 'zod';
import type { Answer, FaultProxy, SeenCall } from './fault-proxy.ts';

/**
 * What MiniStack lacks and a contract needs, answered in the proxy over the real wire protocol: which versions a function has,
 * Application Auto Scaling and Service Quotas (it has neither), and tasks with addresses in two zones that ECS registers
 * with their target groups and replaces when they are stopped (without Docker its tasks have no network, all stand in zone a,
 * and nobody replaces them).
 */
export interface StandIns {
  /**
   * Makes ECS keep this service's tasks registered with the group, each once: a task that somebody takes out stays out.
   * After a task was stopped, `reconcile` makes ECS start another.
   */
  balance(service: string, targetGroupArn: string, client: ElasticLoadBalancingV2Client, reconcile: () => Promise<unknown>): void;
}

export function addStandIns(proxy: FaultProxy): StandIns {
  const balanced = new Map<string, Balanced>();
  proxy.intercept(scalableTargets());
  proxy.intercept(serviceDeployments());
  proxy.intercept(knownVersions());
  proxy.intercept(async (call, forward) => (call.operation === 'GetServiceQuota' ? json(quotaAnswer(call)) : forward()));
  proxy.intercept(async (call, forward) => {
    if (call.service !== 'ecs') return forward();
    if (call.operation === 'ListTasks') {
      const answer = await forward();
      const empty = z.object({ taskArns: z.array(z.string()) }).safeParse(parse(answer.body)).data?.taskArns.length === 0;
      if (empty) for (const one of balanced.values()) await withdraw(one, []);
      return answer;
    }
    if (call.operation === 'StopTask') {
      const answer = await forward();
      const group = StoppedTask.safeParse(parse(answer.body)).data?.task.group.replace('service:', '') ?? '';
      await balanced.get(group)?.reconcile();
      return answer;
    }
    return call.operation === 'DescribeTasks' ? withNetwork(await forward(), balanced) : forward();
  });
  return {
    balance: (service, targetGroupArn, client, reconcile) =>
      void balanced.set(service, { targetGroupArn, client, reconcile, addresses: new Map() }),
  };
}

interface Balanced {
  targetGroupArn: string;
  client: ElasticLoadBalancingV2Client;
  reconcile: () => Promise<unknown>;
  /** By task ARN, in the order in which they were first seen. */
  addresses: Map<string, { address: string; zone: string }>;
}

const StoppedTask = z.object({ task: z.object({ group: z.string() }) });

const Tasks = z.looseObject({
  tasks: z.array(z.looseObject({ taskArn: z.string(), group: z.string(), lastStatus: z.string(), availabilityZone: z.string() })),
});

async function withNetwork(answer: Answer, balanced: Map<string, Balanced>): Promise<Answer> {
  const described = Tasks.safeParse(parse(answer.body)).data;
  if (!described) return answer;
  for (const task of described.tasks) {
    const service = balanced.get(task.group.replace('service:', ''));
    if (!service || task.lastStatus !== 'RUNNING') continue;
    const place = service.addresses.get(task.taskArn) ?? (await register(service, task.taskArn, task.availabilityZone));
    task.availabilityZone = place.zone;
    task.attachments = [
      {
        id: randomUUID(),
        type: 'ElasticNetworkInterface',
        status: 'ATTACHED',
        details: [{ name: 'privateIPv4Address', value: place.address }],
      },
    ];
  }
  for (const [name, service] of balanced) {
    const alive = described.tasks.filter((task) => task.group === `service:${name}`).map((task) => task.taskArn);
    if (alive.length > 0) await withdraw(service, alive);
  }
  return { ...answer, body: Buffer.from(JSON.stringify(described)) };
}

let lastAddress = 0;

async function register(service: Balanced, taskArn: string, zone: string): Promise<{ address: string; zone: string }> {
  lastAddress++;
  const address = `10.0.${lastAddress >> 8}.${lastAddress & 255}`;
  const place = { address, zone: zone.slice(0, -1) + (service.addresses.size % 2 === 0 ? 'a' : 'b') };
  service.addresses.set(taskArn, place);
  await service.client.send(new RegisterTargetsCommand({ TargetGroupArn: service.targetGroupArn, Targets: [{ Id: address, Port: 8080 }] }));
  return place;
}

async function withdraw(service: Balanced, alive: readonly string[]): Promise<void> {
  for (const [taskArn, { address }] of service.addresses) {
    if (alive.includes(taskArn)) continue;
    service.addresses.delete(taskArn);
    const { TargetHealthDescriptions = [] } = await service.client.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: service.targetGroupArn }),
    );
    if (!TargetHealthDescriptions.some(({ Target }) => Target?.Id === address)) continue;
    await service.client.send(
      new DeregisterTargetsCommand({ TargetGroupArn: service.targetGroupArn, Targets: [{ Id: address, Port: 8080 }] }),
    );
  }
}

const ScalableTarget = z.object({
  ServiceNamespace: z.string(),
  ResourceId: z.string(),
  ScalableDimension: z.string(),
  MinCapacity: z.number(),
  MaxCapacity: z.number(),
});

function scalableTargets() {
  const known = new Map<string, z.infer<typeof ScalableTarget>>();
  return async (call: SeenCall, forward: () => Promise<Answer>): Promise<Answer> => {
    const key = (resource: string) => `${call.region}/${resource}`;
    if (call.operation === 'RegisterScalableTarget') {
      const target = ScalableTarget.parse(parse(call.body));
      known.set(key(target.ResourceId), target);
      return json({
        ScalableTargetARN: `arn:aws:application-autoscaling:${call.region}:000000000000:scalable-target/${target.ResourceId}`,
      });
    }
    if (call.operation !== 'DescribeScalableTargets') return forward();
    const { ResourceIds } = z.object({ ResourceIds: z.array(z.string()) }).parse(parse(call.body));
    return json({ ScalableTargets: ResourceIds.flatMap((resource) => known.get(key(resource)) ?? []) });
  };
}

const Deployed = z.object({ service: z.object({ serviceArn: z.string(), taskDefinition: z.string() }) });

/** MiniStack answers these three with empty lists; ECS keeps the deployments of a service for 90 days. */
function serviceDeployments() {
  const known: { arn: string; service: string; taskDefinition: string; at: number }[] = [];
  return async (call: SeenCall, forward: () => Promise<Answer>): Promise<Answer> => {
    if (call.service !== 'ecs') return forward();
    if (call.operation === 'CreateService' || call.operation === 'UpdateService') {
      const answer = await forward();
      const { serviceArn: service, taskDefinition } = Deployed.safeParse(parse(answer.body)).data?.service ?? {};
      const last = known.findLast((one) => one.service === service);
      if (service && taskDefinition && last?.taskDefinition !== taskDefinition) {
        known.push({ arn: `${service}/${known.length}`, service, taskDefinition, at: Date.now() / 1000 });
      }
      return answer;
    }
    if (call.operation === 'ListServiceDeployments') {
      const { service } = z.object({ service: z.string() }).parse(parse(call.body));
      const of = known.filter((one) => one.service.endsWith(`/${service}`));
      return json({
        serviceDeployments: of.map(({ arn, at }) => ({
          targetServiceRevisionArn: arn,
          status: 'SUCCESSFUL',
          createdAt: at,
          startedAt: at,
        })),
      });
    }
    if (call.operation !== 'DescribeServiceRevisions') return forward();
    const { serviceRevisionArns } = z.object({ serviceRevisionArns: z.array(z.string()) }).parse(parse(call.body));
    const asked = known.filter((one) => serviceRevisionArns.includes(one.arn));
    return json({ serviceRevisions: asked.map(({ arn, taskDefinition }) => ({ serviceRevisionArn: arn, taskDefinition })) });
  };
}

const PublishedVersion = z.object({ FunctionName: z.string(), Version: z.string() });
const DividedAlias = z.object({ RoutingConfig: z.object({ AdditionalVersionWeights: z.record(z.string(), z.number()) }) });

/** MiniStack divides an alias's callers between whatever versions are named; Lambda knows which it has published. */
function knownVersions() {
  const published = new Set<string>();
  return async (call: SeenCall, forward: () => Promise<Answer>): Promise<Answer> => {
    if (call.service !== 'lambda') return forward();
    const [, name = '', what] = /\/functions\/([^/]+)\/(versions|aliases\/\w+)$/.exec(call.path) ?? [];
    if (what === 'versions' && call.method === 'POST') {
      const answer = await forward();
      const version = PublishedVersion.safeParse(parse(answer.body)).data;
      if (version !== undefined) published.add(`${version.FunctionName}:${version.Version}`);
      return answer;
    }
    if (what === undefined || call.method !== 'PUT') return forward();
    const weights = DividedAlias.safeParse(parse(call.body)).data?.RoutingConfig.AdditionalVersionWeights ?? {};
    const unknown = Object.keys(weights).find((version) => !published.has(`${name}:${version}`));
    if (unknown === undefined) return forward();
    const refusal = json({ Type: 'User', Message: `Function not found: ${name}:${unknown}` }, 404);
    return { ...refusal, headers: { ...refusal.headers, 'x-amzn-errortype': 'ResourceNotFoundException' } };
  };
}

function quotaAnswer(call: SeenCall): unknown {
  const { ServiceCode, QuotaCode } = z.object({ ServiceCode: z.string(), QuotaCode: z.string() }).parse(parse(call.body));
  const UsageMetric = {
    MetricNamespace: 'AWS/Usage',
    MetricName: 'ResourceCount',
    MetricDimensions: { Service: 'Fargate', Class: 'Standard/OnDemand', Resource: 'vCPU', Type: 'Resource' },
    MetricStatisticRecommendation: 'Maximum',
  };
  return { Quota: { ServiceCode, QuotaCode, Value: 64, UsageMetric } };
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

export function json(value: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify(value)) };
}
