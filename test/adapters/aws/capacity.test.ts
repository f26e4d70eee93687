import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { describe, expect, test } from 'vitest';
import { AwsCapacityControl } from '../../../adapters/aws/capacity-control.ts';
import type { ServiceDeployment } from '../../../adapters/aws/deployment.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { resized } from '../../../adapters/aws/task-size.ts';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { fargateSizeFor } from '../../../core/model/index.ts';
import { answering, awsError, inputsOf, type Script, type Sent, settings, stillClock } from './fake-send.ts';

const target = { service: 'checkout', region: 'eu-west-1' };
const bounds = { minUnits: 1, maxUnits: 9, targetGroups: ['tg-1'] };
const ecs: ServiceDeployment = { kind: 'ecs', cluster: 'c', service: 's', ...bounds };
const asg: ServiceDeployment = { kind: 'asg', group: 'g', ...bounds };
const lambda: ServiceDeployment = { kind: 'lambda', function: 'f', alias: 'live', ...bounds };

function capacityOn(deployment: ServiceDeployment, script: Script) {
  const clock = stillClock();
  const clients = {
    ecs: new ECSClient(settings),
    autoScaling: new AutoScalingClient(settings),
    applicationAutoScaling: new ApplicationAutoScalingClient(settings),
    elb: new ElasticLoadBalancingV2Client(settings),
    lambda: new LambdaClient(settings),
    quotas: new ServiceQuotasClient(settings),
    cloudWatch: new CloudWatchClient(settings),
  };
  const all: Sent[] = [];
  const recorded: Script = (operation, input, nth) => {
    all.push({ operation, input });
    return script(operation, input, nth);
  };
  for (const client of Object.values(clients)) answering(client, recorded);
  const guard = new FenceGuard(new MemoryStore(createStoreState(), clock), clock);
  return {
    capacity: new AwsCapacityControl({ 'eu-west-1': { clients, deployments: { checkout: deployment } } }, guard, clock),
    sent: all,
    call: { deadlineAt: clock.now() + 5_000 },
    fence: { epoch: 1, leaseUntil: clock.now() + 60_000 },
  };
}

function ecsWorld(tasks: number): Script {
  const arns = [...Array(tasks).keys()].map((n) => `arn:aws:ecs:eu-west-1:1:task/c/t${n}`);
  return (operation, input) => {
    if (operation === 'DescribeServices') {
      const deployments = [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }];
      return {
        services: [
          {
            status: 'ACTIVE',
            desiredCount: tasks,
            runningCount: tasks,
            taskDefinition: 'td:1',
            deployments,
            loadBalancers: [{ containerPort: 80 }],
          },
        ],
      };
    }
    if (operation === 'ListTasks') {
      const from = Number(input.nextToken ?? 0);
      return { taskArns: arns.slice(from, from + 100), ...(from + 100 < tasks && { nextToken: String(from + 100) }) };
    }
    if (operation === 'DescribeTasks') {
      const described = (input.tasks as string[]).map((taskArn, n) => ({
        taskArn,
        lastStatus: 'RUNNING',
        availabilityZone: n % 2 ? 'a' : 'b',
        attachments: [{ details: [{ name: 'privateIPv4Address', value: `10.0.0.${taskArn.split('/t')[1]}` }] }],
      }));
      return { tasks: described };
    }
    if (operation === 'DescribeTargetHealth') {
      const healthy = [...Array(tasks).keys()].slice(1).map((n) => ({ Target: { Id: `10.0.0.${n}` }, TargetHealth: { State: 'healthy' } }));
      return { TargetHealthDescriptions: [...healthy, { Target: { Id: '10.0.0.0' }, TargetHealth: { State: 'draining' } }] };
    }
    if (operation === 'DescribeScalableTargets')
      return { ScalableTargets: [{ ResourceId: 'service/c/s', MinCapacity: 1, MaxCapacity: 9 }] };
    if (operation === 'DescribeTaskDefinition') {
      return {
        taskDefinition: { taskDefinitionArn: 'td:1', family: 'td', cpu: '256', memory: '512', requiresCompatibilities: ['FARGATE'] },
      };
    }
    return {};
  };
}

describe('an ECS service', () => {
  test('lists all pages of tasks and describes them by the hundred; a draining target is an ejected unit', async () => {
    const { capacity, sent, call } = capacityOn(ecs, ecsWorld(250));
    const snapshot = await capacity.snapshot(target, call);
    expect(snapshot.ok && [snapshot.value.units.length, snapshot.value.healthy]).toEqual([250, 249]);
    // The platform finds it well; that it does not serve keeps it out of the count.
    expect(snapshot.ok && snapshot.value.units.filter((unit) => unit.ejected)).toMatchObject([{ id: 't0', healthy: true }]);
    expect((inputsOf(sent, 'DescribeTasks') as { tasks: string[] }[]).map(({ tasks }) => tasks.length)).toEqual([100, 100, 50]);
  });

  test('gets floor and ceiling before the count, in one call', async () => {
    const { capacity, sent, call, fence } = capacityOn(ecs, ecsWorld(2));
    await capacity.apply(target, { kind: 'count', desired: 12, min: 10, max: 20 }, fence, call);
    const writes = sent.filter(({ operation }) => operation === 'RegisterScalableTarget' || operation === 'UpdateService');
    expect(writes).toMatchObject([{ input: { MinCapacity: 10, MaxCapacity: 20 } }, { input: { desiredCount: 12 } }]);
  });

  test('a ceiling that cannot be raised keeps the count from being set', async () => {
    const { capacity, sent, call, fence } = capacityOn(ecs, (operation, input, nth) => {
      return operation === 'RegisterScalableTarget' ? awsError('AccessDeniedException') : ecsWorld(2)(operation, input, nth);
    });
    expect(await capacity.apply(target, { kind: 'count', desired: 12, max: 20 }, fence, call)).toMatchObject({ code: 'refused' });
    expect(inputsOf(sent, 'UpdateService')).toEqual([]);
  });

  test('a unit that was to be replaced and still runs is a fail, one that is gone is none', async () => {
    const { capacity, call } = capacityOn(ecs, ecsWorld(3));
    const verdictOf = async (unit: string) => {
      const look = await capacity.verify(target, { kind: 'replace', unit }, call);
      return look.ok ? [look.value.verdict, look.value.reason] : [];
    };
    expect(await verdictOf('t1')).toEqual(['fail', 't1 still runs']);
    expect((await verdictOf('t9'))[1]).not.toContain('still runs');
  });

  test('a size that the tasks have already makes no new revision', async () => {
    const { capacity, sent, call, fence } = capacityOn(ecs, ecsWorld(2));
    expect(await capacity.apply(target, { kind: 'size', cpu: 200, memoryMiB: 500 }, fence, call)).toMatchObject({ ok: true });
    expect(inputsOf(sent, 'RegisterTaskDefinition')).toEqual([]);
    expect(await capacity.apply(target, { kind: 'size', cpu: 99_999, memoryMiB: 1 }, fence, call)).toMatchObject({ code: 'invalid' });
  });

  test('takes units out by address and port', async () => {
    const { capacity, sent, call, fence } = capacityOn(ecs, ecsWorld(3));
    await capacity.apply(target, { kind: 'eject', units: ['t2'] }, fence, call);
    expect(inputsOf(sent, 'DeregisterTargets')).toEqual([{ TargetGroupArn: 'tg-1', Targets: [{ Id: '10.0.0.2', Port: 80 }] }]);
  });

  test('undo readmits what is out now and was not out before', async () => {
    const { capacity, sent, call, fence } = capacityOn(ecs, ecsWorld(3));
    const unit = { zone: 'a', healthy: true, ejected: false, startedAt: 0 };
    const before = { desired: 3, min: 1, max: 9, running: 3, healthy: 3, units: [{ ...unit, id: 't0' }] };
    await capacity.undo(target, { ...before, units: [{ ...unit, id: 't0', ejected: true }] }, fence, call);
    expect(inputsOf(sent, 'RegisterTargets')).toEqual([]);
    await capacity.undo(target, before, fence, call);
    expect(inputsOf(sent, 'RegisterTargets')).toEqual([{ TargetGroupArn: 'tg-1', Targets: [{ Id: '10.0.0.0', Port: 80 }] }]);
  });
});

describe('the size of a Fargate task', () => {
  test.each([
    [256, 512, 256, 512],
    [256, 600, 256, 1024],
    [256, 3000, 512, 3072],
    [300, 512, 512, 1024],
    [1024, 9000, 2048, 9216],
    [4096, 30720, 4096, 30720],
    [4097, 1, 8192, 16384],
    [8192, 17000, 8192, 20480],
    [16384, 122880, 16384, 122880],
  ])('%i CPU units and %i MiB run as %i and %i', (cpu, memoryMiB, runsCpu, runsMemory) => {
    expect(fargateSizeFor({ cpu, memoryMiB })).toEqual({ cpu: runsCpu, memoryMiB: runsMemory });
  });

  test('there is an end to it', () => {
    expect(fargateSizeFor({ cpu: 16_385, memoryMiB: 1 })).toBeNull();
    expect(fargateSizeFor({ cpu: 1, memoryMiB: 122_881 })).toBeNull();
  });

  test('containers keep their shares, and nothing that only ECS may say is sent back', () => {
    const definition = {
      taskDefinitionArn: 'x',
      revision: 3,
      family: 'f',
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'a', cpu: 128, memory: 400 }, { name: 'b' }],
    };
    const next = resized(definition, [], { cpu: 512, memoryMiB: 1024 });
    expect(next).toEqual({
      family: 'f',
      cpu: '512',
      memory: '1024',
      containerDefinitions: [{ name: 'a', cpu: 256, memory: 800 }, { name: 'b' }],
    });
  });
});

describe('an Auto Scaling group', () => {
  const world: Script = (operation) => {
    if (operation === 'DescribeAutoScalingGroups') {
      const instance = (InstanceId: string) => ({
        InstanceId,
        AvailabilityZone: 'a',
        LifecycleState: 'InService',
        HealthStatus: 'Healthy',
      });
      return { AutoScalingGroups: [{ DesiredCapacity: 2, MinSize: 1, MaxSize: 4, Instances: [instance('i-1'), instance('i-2')] }] };
    }
    if (operation === 'DescribeScalingActivities')
      return { Activities: [{ Description: 'Launching a new EC2 instance: i-1', StartTime: new Date(5) }] };
    if (operation === 'DescribeTargetHealth')
      return { TargetHealthDescriptions: [{ Target: { Id: 'i-1' }, TargetHealth: { State: 'healthy' } }] };
    return {};
  };

  test('shows units with their launch, and which of them are out', async () => {
    const { capacity, call } = capacityOn(asg, world);
    const snapshot = await capacity.snapshot(target, call);
    expect(snapshot.ok && snapshot.value.units).toMatchObject([
      { id: 'i-1', healthy: true, ejected: false, startedAt: 5 },
      { id: 'i-2', healthy: true, ejected: true },
    ]);
    expect(snapshot.ok && snapshot.value.healthy).toBe(1);
  });

  test('gets floor, ceiling and count in one call, and a replacement without fewer instances', async () => {
    const { capacity, sent, call, fence } = capacityOn(asg, world);
    await capacity.apply(target, { kind: 'count', desired: 6, min: 3, max: 8 }, fence, call);
    await capacity.apply(target, { kind: 'replace', unit: 'i-1' }, fence, call);
    expect(inputsOf(sent, 'UpdateAutoScalingGroup')).toMatchObject([{ MinSize: 3, MaxSize: 8, DesiredCapacity: 6 }]);
    expect(inputsOf(sent, 'TerminateInstanceInAutoScalingGroup')).toEqual([{ InstanceId: 'i-1', ShouldDecrementDesiredCapacity: false }]);
    expect(await capacity.apply(target, { kind: 'count', desired: 5 }, fence, call)).toMatchObject({ code: 'invalid' });
  });

  test('its quota is that of the account, or AWS’s default, with the use that CloudWatch shows', async () => {
    const { capacity, call } = capacityOn(asg, (operation) => {
      if (operation === 'GetServiceQuota') return awsError('NoSuchResourceException');
      if (operation === 'GetAWSDefaultServiceQuota')
        return { Quota: { Value: 64, UsageMetric: { MetricName: 'ResourceCount', MetricNamespace: 'AWS/Usage' } } };
      return { MetricDataResults: [{ Values: [10, 12] }] };
    });
    expect(await capacity.quota(target, call)).toEqual({ ok: true, value: { limit: 64, used: 12 } });
  });
});

describe('a function', () => {
  const world: Script = (operation) =>
    operation === 'GetProvisionedConcurrencyConfig'
      ? { RequestedProvisionedConcurrentExecutions: 5, AvailableProvisionedConcurrentExecutions: 5, Status: 'READY' }
      : {};
  const writes = (sent: readonly Sent[]) => sent.map(({ operation }) => operation).filter((operation) => /^(Put|Delete)/.test(operation));

  test('raises the reserve first and lowers it last', async () => {
    const up = capacityOn(lambda, world);
    await up.capacity.apply(target, { kind: 'concurrency', provisioned: 8, reserved: 10 }, up.fence, up.call);
    expect(writes(up.sent)).toEqual(['PutFunctionConcurrency', 'PutProvisionedConcurrencyConfig']);
    const down = capacityOn(lambda, world);
    await down.capacity.apply(target, { kind: 'concurrency', provisioned: 0, reserved: null }, down.fence, down.call);
    expect(writes(down.sent)).toEqual(['DeleteProvisionedConcurrencyConfig', 'DeleteFunctionConcurrency']);
  });

  test('an allocation that failed is a fail with Lambda’s reason', async () => {
    const { capacity, call } = capacityOn(lambda, () => ({
      RequestedProvisionedConcurrentExecutions: 8,
      Status: 'FAILED',
      StatusReason: 'no room',
    }));
    const look = await capacity.verify(target, { kind: 'concurrency', provisioned: 8, reserved: null }, call);
    expect(look).toMatchObject({ ok: true, value: { verdict: 'fail' } });
    expect(look.ok && look.value.reason).toContain('no room');
  });
});

describe('saturation', () => {
  test.each([
    ['an ECS service', ecs, ecsWorld(2), [40, 80], 0.8],
    ['a function', lambda, (() => ({})) as Script, [0.3, 0.6], 0.6],
  ] as const)('of %s is the newest minute as a share', async (_what, deployment, world, values, share) => {
    const { capacity, call } = capacityOn(deployment, (operation, input, nth) => {
      if (operation !== 'GetMetricData') return world(operation, input, nth);
      return { MetricDataResults: [{ Timestamps: [new Date(1), new Date(2)], Values: values }] };
    });
    const snapshot = await capacity.snapshot(target, call);
    expect(snapshot.ok && snapshot.value.saturation).toBe(share);
  });

  test('that cannot be read leaves the snapshot as it is', async () => {
    const { capacity, call } = capacityOn(lambda, (operation) => (operation === 'GetMetricData' ? awsError('InternalFailure') : {}));
    const snapshot = await capacity.snapshot(target, call);
    expect(snapshot).toMatchObject({ ok: true });
    expect(snapshot.ok && snapshot.value).not.toHaveProperty('saturation');
  });
});

describe('the fence', () => {
  test('an older epoch is superseded before anything is sent', async () => {
    const { capacity, sent, call, fence } = capacityOn(asg, () => ({ AutoScalingGroups: [{ MinSize: 0, MaxSize: 9 }] }));
    await capacity.apply(target, { kind: 'count', desired: 2 }, { ...fence, epoch: 5 }, call);
    const before = sent.length;
    expect(await capacity.apply(target, { kind: 'count', desired: 3 }, { ...fence, epoch: 4 }, call)).toMatchObject({ code: 'superseded' });
    expect(sent).toHaveLength(before);
  });
});
