import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { isAccepted } from '../../../adapters/aws/approval-item.ts';
import { AwsApprover } from '../../../adapters/aws/approver.ts';
import { AwsDataControl, type DatabaseParts } from '../../../adapters/aws/data-control.ts';
import type { ServiceDeployment } from '../../../adapters/aws/deployment.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsFlagControl } from '../../../adapters/aws/flag-control.ts';
import { logLink } from '../../../adapters/aws/log-reference.ts';
import { AwsMachines } from '../../../adapters/aws/machines.ts';
import { AwsReleaseControl } from '../../../adapters/aws/release-control.ts';
import { AwsScriptRunner } from '../../../adapters/aws/script-runner.ts';
import { AwsSecrets } from '../../../adapters/aws/secrets.ts';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { ok } from '../../../core/model/index.ts';
import { answering, awsError, inputsOf, type Script, settings, stillClock } from './fake-send.ts';

const target = { service: 'checkout', region: 'eu-west-1' };

function world() {
  const clock = stillClock();
  const store = new MemoryStore(createStoreState(), clock);
  return {
    clock,
    store,
    guard: new FenceGuard(store, clock),
    call: { deadlineAt: clock.now() + 5_000 },
    fence: { epoch: 1, leaseUntil: clock.now() + 60_000 },
  };
}

describe('releases', () => {
  const bounds = { minUnits: 1, maxUnits: 9, targetGroups: [] };
  const releasesOn = (deployment: ServiceDeployment, script: Script) => {
    const { clock, guard, ...rest } = world();
    const clients = { ecs: new ECSClient(settings), lambda: new LambdaClient(settings) };
    const sent = answering(deployment.kind === 'ecs' ? clients.ecs : clients.lambda, script);
    const releases = new AwsReleaseControl({ 'eu-west-1': { clients, deployments: { checkout: deployment } } }, guard, clock);
    return { ...rest, releases, sent };
  };
  const ecs: ServiceDeployment = { kind: 'ecs', cluster: 'c', service: 's', ...bounds };
  const lambda: ServiceDeployment = { kind: 'lambda', function: 'f', alias: 'live', ...bounds };

  test('a deployment under way that came from the wanted release is stopped, and ECS goes back by itself', async () => {
    const { releases, sent, fence, call } = releasesOn(ecs, (operation) => {
      if (operation === 'DescribeServices') return { services: [{ status: 'ACTIVE', taskDefinition: 'td:2' }] };
      if (operation === 'ListServiceDeployments')
        return { serviceDeployments: [{ serviceDeploymentArn: 'd2', status: 'IN_PROGRESS', targetServiceRevisionArn: 'r2' }] };
      if (operation === 'DescribeServiceDeployments')
        return { serviceDeployments: [{ serviceDeploymentArn: 'd2', sourceServiceRevisions: [{ arn: 'r1' }] }] };
      if (operation === 'DescribeServiceRevisions') return { serviceRevisions: [{ serviceRevisionArn: 'r1', taskDefinition: 'td:1' }] };
      return { taskDefinition: { taskDefinitionArn: 'td:1' } };
    });
    expect(await releases.apply(target, 'td:1', fence, call)).toMatchObject({ ok: true });
    expect(inputsOf(sent, 'StopServiceDeployment')).toEqual([{ serviceDeploymentArn: 'd2', stopType: 'ROLLBACK' }]);
    expect(inputsOf(sent, 'UpdateService')).toEqual([]);
  });

  test('a roll-out that ECS gave up is a fail, one that goes on is neither', async () => {
    const deployment = (rolloutState: string) => ({
      services: [
        { status: 'ACTIVE', desiredCount: 1, runningCount: 1, deployments: [{ status: 'PRIMARY', taskDefinition: 'td:1', rolloutState }] },
      ],
    });
    const verdict = async (rolloutState: string) => {
      const { releases, call } = releasesOn(ecs, () => deployment(rolloutState));
      const look = await releases.verify(target, 'td:1', call);
      return look.ok && look.value.verdict;
    };
    expect([await verdict('FAILED'), await verdict('IN_PROGRESS'), await verdict('COMPLETED')]).toEqual(['fail', 'inconclusive', 'pass']);
  });

  test('an alias moves under the revision that was read, all pages of versions are seen, and a canary share ends', async () => {
    const { releases, sent, fence, call } = releasesOn(lambda, (operation, _input, nth) => {
      if (operation === 'GetAlias')
        return { FunctionVersion: '3', RevisionId: 'rev', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } };
      if (operation === 'ListVersionsByFunction')
        return {
          Versions: [{ Version: ['$LATEST', '1', '3'][nth], LastModified: '2026-01-01T00:00:00Z' }],
          ...(nth < 2 && { NextMarker: 'm' }),
        };
      return {};
    });
    expect(await releases.apply(target, '1', fence, call)).toMatchObject({ ok: true });
    expect(inputsOf(sent, 'UpdateAlias')).toMatchObject([
      { FunctionVersion: '1', RevisionId: 'rev', RoutingConfig: { AdditionalVersionWeights: {} } },
    ]);
    expect(await releases.verify(target, '3', call)).toMatchObject({ ok: true, value: { verdict: 'fail' } });
  });

  test('the callers of an alias are divided under the revision that was read, and one version alone gets them all', async () => {
    const { releases, sent, fence, call } = releasesOn(lambda, (operation) =>
      operation === 'GetAlias' ? { FunctionVersion: '2', RevisionId: 'rev', RoutingConfig: { AdditionalVersionWeights: { 3: 0.05 } } } : {},
    );
    const split = await releases.split(target, call);
    expect(split).toEqual({ ok: true, value: { stable: '2', canary: '3', share: 0.05, token: 'rev' } });
    if (!split.ok) return;
    await releases.setSplit(target, split.value, { stable: '2', canary: '3', share: 0.25 }, fence, call);
    await releases.setSplit(target, split.value, { stable: '2', canary: '3', share: 1 }, fence, call);
    await releases.setSplit(target, split.value, { stable: '2', canary: null, share: 0 }, fence, call);
    expect(inputsOf(sent, 'UpdateAlias')).toMatchObject([
      { FunctionVersion: '2', RevisionId: 'rev', RoutingConfig: { AdditionalVersionWeights: { 3: 0.25 } } },
      { FunctionVersion: '3', RevisionId: 'rev', RoutingConfig: { AdditionalVersionWeights: {} } },
      { FunctionVersion: '2', RevisionId: 'rev', RoutingConfig: { AdditionalVersionWeights: {} } },
    ]);
    expect(await releasesOn(ecs, () => ({})).releases.split(target, call)).toMatchObject({ ok: false, code: 'invalid' });
  });

  test('an alias that somebody else moved is a conflict', async () => {
    const { releases, fence, call } = releasesOn(lambda, (operation) => {
      if (operation === 'UpdateAlias') return awsError('PreconditionFailedException', 'RevisionId does not match', 412);
      return operation === 'GetAlias' ? { FunctionVersion: '2' } : { Versions: [{ Version: '1', LastModified: '2026-01-01T00:00:00Z' }] };
    });
    expect(await releases.apply(target, '1', fence, call)).toMatchObject({ code: 'conflict' });
  });
});

describe('databases', () => {
  const dataOn = (
    databases: Record<string, DatabaseParts>,
    rdsScript: Script,
    tableScript: Script = () => ({}),
    lagMs: number[] = [100],
  ) => {
    const { clock, guard, ...rest } = world();
    const [rds, dynamodb] = [new RDSClient(settings), new DynamoDBClient(settings)];
    const sent = answering(rds, rdsScript);
    answering(dynamodb, tableScript);
    const metrics = { read: async () => ok([{ label: 'lag', points: lagMs.map((value, at) => ({ at, value })) }]) };
    const regions = { 'eu-west-1': rds, 'us-east-1': rds };
    const data = new AwsDataControl({
      region: 'eu-west-1',
      databases,
      rds: regions,
      dynamodb,
      metrics,
      approved: async (token) => ok(token === 'yes'),
      guard,
      clock,
    });
    return { ...rest, data, sent };
  };
  const aurora: DatabaseParts = { kind: 'aurora-global', id: 'g', members: { 'us-east-1': 'arn:1', 'eu-west-1': 'arn:2' } };
  const members = [
    { DBClusterArn: 'arn:1', IsWriter: true },
    { DBClusterArn: 'arn:2', IsWriter: false },
  ];

  test('a switch under way is shown as switching, and lag in seconds; no lag data is the worst lag', async () => {
    const FailoverState = { Status: 'switching-over', FromDbClusterArn: 'arn:1', ToDbClusterArn: 'arn:2' };
    const { data, call } = dataOn(
      { db: aurora },
      () => ({ GlobalClusters: [{ Status: 'switching-over', FailoverState, GlobalClusterMembers: members }] }),
      undefined,
      [100, 2_500],
    );
    expect(await data.status('db', call)).toMatchObject({
      ok: true,
      value: {
        writer: 'us-east-1',
        members: [
          { status: 'switching', lagSeconds: 0 },
          { status: 'switching', lagSeconds: 2.5 },
        ],
      },
    });
    expect(await data.verify('db', 'eu-west-1', call)).toMatchObject({ value: { verdict: 'inconclusive' } });
    const dark = dataOn(
      { db: aurora },
      () => ({ GlobalClusters: [{ Status: 'available', GlobalClusterMembers: members }] }),
      undefined,
      [],
    );
    expect(await dark.data.status('db', dark.call)).toMatchObject({ value: { members: [{}, { lagSeconds: Number.MAX_SAFE_INTEGER }] } });
  });

  test('a fail-over allows loss of data, only when a person accepted that', async () => {
    const { data, sent, fence, call } = dataOn({ db: aurora }, (operation) =>
      operation === 'DescribeGlobalClusters' ? { GlobalClusters: [{ Status: 'available', GlobalClusterMembers: members }] } : {},
    );
    expect(await data.failover('db', 'eu-west-1', fence, 'no', call)).toMatchObject({ code: 'refused' });
    expect(await data.failover('db', 'eu-west-1', fence, 'yes', call)).toMatchObject({ ok: true });
    expect(inputsOf(sent, 'FailoverGlobalCluster')).toEqual([
      { GlobalClusterIdentifier: 'g', TargetDbClusterIdentifier: 'arn:2', AllowDataLoss: true },
    ]);
  });

  test('an RDS replica is promoted where it is; a dead region does not hide the others; there is no switch-over', async () => {
    const rds: DatabaseParts = { kind: 'rds', id: 'db', members: { 'us-east-1': 'primary', 'eu-west-1': 'replica' } };
    const { data, sent, fence, call } = dataOn({ db: rds }, (_operation, input) =>
      input.DBInstanceIdentifier === 'primary'
        ? awsError('ECONNREFUSED')
        : { DBInstances: [{ DBInstanceStatus: 'available', ReadReplicaSourceDBInstanceIdentifier: 'primary' }] },
    );
    expect(await data.switchover('db', 'eu-west-1', fence, call)).toMatchObject({ code: 'refused' });
    expect(await data.failover('db', 'eu-west-1', fence, 'yes', call)).toMatchObject({ ok: true });
    expect(inputsOf(sent, 'PromoteReadReplica')).toEqual([{ DBInstanceIdentifier: 'replica' }]);
  });

  test('a global table is written everywhere: moving it needs an active replica and nothing else', async () => {
    const table: DatabaseParts = { kind: 'dynamodb-global', id: 't', regions: ['eu-west-1', 'us-east-1', 'us-west-2'] };
    const { data, fence, call } = dataOn(
      { db: table },
      () => ({}),
      () => ({
        Table: {
          TableStatus: 'ACTIVE',
          Replicas: [
            { RegionName: 'us-east-1', ReplicaStatus: 'ACTIVE' },
            { RegionName: 'us-west-2', ReplicaStatus: 'CREATING' },
          ],
        },
      }),
    );
    expect(await data.switchover('db', 'us-east-1', fence, call)).toMatchObject({ ok: true });
    expect(await data.switchover('db', 'us-west-2', fence, call)).toMatchObject({ code: 'unavailable' });
    expect(await data.verify('db', 'us-east-1', call)).toMatchObject({ value: { verdict: 'pass' } });
  });
});

describe('scripts', () => {
  const scriptsOn = (script: Script) => {
    const { clock, guard, ...rest } = world();
    const client = new SSMClient(settings);
    const sent = answering(client, script);
    const instancesOf = () => ({ tag: 'aws:autoscaling:groupName', values: ['g'] });
    return { ...rest, sent, scripts: new AwsScriptRunner({ client, instancesOf, guard, clock }) };
  };
  const command: Script = (operation) =>
    operation === 'DescribeDocument' ? { Document: { Status: 'Active', DocumentType: 'Command' } } : { Command: { CommandId: 'c1' } };

  test('a version that moves is not run', async () => {
    const { scripts, sent, fence, call } = scriptsOn(command);
    for (const version of ['$LATEST', '$DEFAULT', ''])
      expect(await scripts.run(target, 'doc', version, {}, fence, call)).toMatchObject({ code: 'invalid' });
    expect(sent).toEqual([]);
  });

  test('a command runs on the service’s instances at its pinned version', async () => {
    const { scripts, sent, fence, call } = scriptsOn(command);
    expect(await scripts.run(target, 'doc', '3', { size: '10' }, fence, call)).toEqual({ ok: true, value: { runId: 'command/c1' } });
    expect(inputsOf(sent, 'SendCommand')).toMatchObject([
      { DocumentVersion: '3', Parameters: { size: ['10'] }, Targets: [{ Key: 'tag:aws:autoscaling:groupName', Values: ['g'] }] },
    ]);
  });

  test('an automation is started once: the same run has the same token', async () => {
    const { scripts, sent, fence, call } = scriptsOn((operation) =>
      operation === 'DescribeDocument' ? { Document: { Status: 'Active', DocumentType: 'Automation' } } : { AutomationExecutionId: 'a1' },
    );
    for (let n = 0; n < 2; n++)
      expect(await scripts.run(target, 'doc', '3', {}, fence, call)).toEqual({ ok: true, value: { runId: 'automation/a1' } });
    const tokens = (inputsOf(sent, 'StartAutomationExecution') as { ClientToken: string }[]).map((input) => input.ClientToken);
    expect(tokens[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(tokens[1]).toBe(tokens[0]);
  });

  test('a command has succeeded when every instance has, over all pages; reaching nobody is a failure', async () => {
    const page = (Status: string, ResponseCode: number) => ({ Status, InstanceId: 'i', CommandPlugins: [{ ResponseCode }] });
    const statusOf = async (pages: ReturnType<typeof page>[]) => {
      const { scripts, call } = scriptsOn((_operation, _input, nth) => ({
        CommandInvocations: pages.slice(nth, nth + 1),
        ...(nth + 1 < pages.length && { NextToken: 't' }),
      }));
      const status = await scripts.status('command/c1', call);
      return status.ok ? [status.value.state, status.value.exitStatus] : [];
    };
    expect(await statusOf([page('Success', 0), page('Success', 0)])).toEqual(['succeeded', 0]);
    expect(await statusOf([page('Success', 0), page('Failed', 3)])).toEqual(['failed', 3]);
    expect(await statusOf([page('InProgress', -1), page('Failed', 3)])).toEqual(['running', undefined]);
    expect(await statusOf([])).toEqual(['failed', undefined]);
  });

  test.each([
    ['Success', 'succeeded'],
    ['CompletedWithSuccess', 'succeeded'],
    ['CompletedWithFailure', 'failed'],
    ['Failed', 'failed'],
    ['TimedOut', 'failed'],
    ['Cancelled', 'failed'],
    ['Rejected', 'failed'],
    ['InProgress', 'running'],
    ['Cancelling', 'running'],
    ['a status of next year', 'running'],
  ])('an automation that is %s counts as %s', async (AutomationExecutionStatus, state) => {
    const { scripts, call } = scriptsOn(() => ({ AutomationExecution: { AutomationExecutionStatus } }));
    expect(await scripts.status('automation/a1', call)).toMatchObject({ ok: true, value: { state } });
  });
});

describe('machines', () => {
  const arn = 'arn:aws:states:eu-west-1:1:stateMachine:failover';
  const machinesOn = (script: Script) => {
    const { clock, call } = world();
    const client = new SFNClient(settings);
    const sent = answering(client, script);
    return { machines: new AwsMachines(client, { failover: arn }, clock), sent, call };
  };
  const missing = () => new ExecutionDoesNotExist({ message: 'none', $metadata: {} });

  test('an execution is started with its name and canonical input', async () => {
    const { machines, sent, call } = machinesOn((operation) => (operation === 'DescribeExecution' ? missing() : { executionArn: 'e' }));
    expect(await machines.start('failover', 'n', { b: 1, a: 2 }, call)).toEqual({ ok: true, value: { executionId: 'e', started: true } });
    expect(inputsOf(sent, 'StartExecution')).toEqual([{ stateMachineArn: arn, name: 'n', input: '{"a":2,"b":1}' }]);
  });

  test('one that exists, before or just then, is not started again but named', async () => {
    const executionId = 'arn:aws:states:eu-west-1:1:execution:failover:n';
    const known = machinesOn(() => ({ status: 'SUCCEEDED' }));
    expect(await known.machines.start('failover', 'n', {}, known.call)).toEqual({ ok: true, value: { executionId, started: false } });
    const raced = machinesOn((operation) => (operation === 'DescribeExecution' ? missing() : awsError('ExecutionAlreadyExists')));
    expect(await raced.machines.start('failover', 'n', {}, raced.call)).toEqual({ ok: true, value: { executionId, started: false } });
  });

  test('the outcome is read with its output; one that waits for a redrive counts as running', async () => {
    const ended = machinesOn(() => ({ status: 'SUCCEEDED', output: '{"code":"pass"}' }));
    expect(await ended.machines.describe('e', ended.call)).toEqual({ ok: true, value: { status: 'SUCCEEDED', output: { code: 'pass' } } });
    const redrive = machinesOn(() => ({ status: 'PENDING_REDRIVE' }));
    expect(await redrive.machines.describe('e', redrive.call)).toEqual({ ok: true, value: { status: 'RUNNING' } });
    const gone = machinesOn(missing);
    expect(await gone.machines.describe('e', gone.call)).toMatchObject({ code: 'not-found' });
  });
});

describe('approvals', () => {
  test('only a yes to a token that was given out is a yes', async () => {
    const { clock, store, call } = world();
    const sfn = new SFNClient(settings);
    answering(sfn, () => ({}));
    const approver = new AwsApprover({ store, notifier: { notify: async () => ok({ id: 'r', at: 1 }) }, sfn, clock });
    const ask = async () => {
      const asked = await approver.request(
        { planId: 'p', incident: 'i', what: 'w', expiresAt: clock.now() + 1_000, taskToken: 'task' },
        call,
      );
      return asked.ok ? asked.value.token : '';
    };
    const [yes, no, silent] = [await ask(), await ask(), await ask()];
    await approver.decide(yes, 'ada', true, 'fine', call);
    await approver.decide(no, 'ada', false, 'no', call);
    const answers = await Promise.all([yes, no, silent, 'nobody gave this out', ''].map((token) => isAccepted(store, token, call)));
    expect(answers).toEqual([true, false, false, false, false].map((accepted) => ok(accepted)));
  });

  test('a decision wakes the machine; when that fails the same person can repeat it, and nobody can change it', async () => {
    const { clock, store, call } = world();
    const sfn = new SFNClient(settings);
    const sent = answering(sfn, (_operation, _input, nth) => (nth === 0 ? awsError('InternalServerError', 'x', 500) : {}));
    const notifier = { notify: async () => ok({ id: 'r', at: 1 }) };
    const approver = new AwsApprover({ store, notifier, sfn, clock });
    const asked = await approver.request(
      { planId: 'p', incident: 'i', what: 'w', expiresAt: clock.now() + 1_000, taskToken: 'task' },
      call,
    );
    const token = asked.ok ? asked.value.token : '';
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(await approver.decide(token, 'ada', true, 'fine', call)).toMatchObject({ code: 'unavailable' });
    expect(await approver.decide(token, 'ada', true, 'fine', call)).toMatchObject({ ok: true, value: { planId: 'p' } });
    expect(await approver.decide(token, 'bob', false, 'no', call)).toMatchObject({ code: 'conflict' });
    expect(inputsOf(sent, 'SendTaskSuccess')).toMatchObject([
      {},
      { taskToken: 'task', output: '{"accepted":true,"by":"ada","reason":"fine"}' },
    ]);
  });
});

describe('secrets and logs', () => {
  test('secrets come through SSM, ten at a time, decrypted, and are kept for five minutes; unknown ones are absent', async () => {
    const { clock, call } = world();
    const client = new SSMClient(settings);
    const sent = answering(client, (_operation, input) => ({
      Parameters: (input.Names as string[]).filter((name) => name !== '/none').map((Name) => ({ Name, Value: `value of ${Name}` })),
    }));
    const secrets = new AwsSecrets(client, { TOKEN: 't' }, clock);
    const read = await secrets.read(['ssm:/a', 'secretsmanager:db', 'env:TOKEN', 'env:NONE', 'ssm:/none'], call);
    expect(read.ok && [...read.value]).toEqual([
      ['env:TOKEN', 't'],
      ['ssm:/a', 'value of /a'],
      ['secretsmanager:db', 'value of /aws/reference/secretsmanager/db'],
    ]);
    await secrets.read(['ssm:/a'], call);
    expect(inputsOf(sent, 'GetParameters')).toHaveLength(1);
    clock.at += 300_000;
    const later = { deadlineAt: clock.now() + 1_000 };
    await secrets.read(
      [...Array(11).keys()].map((n) => `ssm:/a${n}`),
      later,
    );
    expect(inputsOf(sent, 'GetParameters')).toMatchObject([{ WithDecryption: true }, { Names: { length: 10 } }, { Names: ['/a10'] }]);
    answering(client, () => awsError('AccessDeniedException'));
    expect(await secrets.read(['ssm:/a'], later)).toMatchObject({ code: 'refused' });
  });

  test('a flag that is a path is the very parameter; taking away what is gone is done', async () => {
    const { clock, guard, call, fence } = world();
    const client = new SSMClient(settings);
    const sent = answering(client, (operation) => (operation === 'PutParameter' ? {} : awsError('ParameterNotFound')));
    const flags = new AwsFlagControl({ clients: { 'eu-west-1': client }, guard, clock });
    expect(await flags.write(target, '/app/mode', 'degraded', fence, call)).toEqual({ ok: true, value: undefined });
    expect(await flags.write(target, 'mode', null, fence, call)).toEqual({ ok: true, value: undefined });
    expect(await flags.read(target, 'mode', call)).toEqual({ ok: true, value: null });
    expect(await flags.read({ ...target, region: 'us-east-1' }, 'mode', call)).toMatchObject({ code: 'not-found' });
    expect(sent).toMatchObject([{ input: { Name: '/app/mode' } }, { input: { Name: '/evenkeel/flags/checkout/mode' } }, {}]);
  });

  test('a log reference is a link to the query, with nothing left unescaped', () => {
    const link = logLink({ region: 'eu-west-1', logGroup: '/aws/lambda/act', from: 0, to: 60_000, contains: "i-1's" });
    expect(link).toMatch(
      /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=eu-west-1#logsV2:logs-insights\$3FqueryDetail\$3D~\(/,
    );
    expect(link).toContain("start~'1970-01-01T00*3A00*3A00.000Z");
    expect(link).toContain('i-1*27s');
  });
});
