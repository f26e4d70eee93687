import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { run } from '../../bench/synth.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

const observed = {
  TracingConfig: z.object({ Mode: z.string() }),
  LoggingConfig: z.object({ LogFormat: z.string(), SystemLogLevel: z.string() }),
};

describe('the application', () => {
  test('synthesises the shipped configuration offline, and cdk-nag finds nothing that is not acknowledged', async () => {
    const { stacks } = await run();
    expect(stacks).toBe(7);
  });

  const templates = synthesised(worldOf(3, { rich: true }));
  const region = templates['evenkeel-world-us-east-1'];
  const data = templates['evenkeel-world-data-us-east-1'];

  test('every function is Node 24 on ARM64, published behind an alias, with its own log group that does not grow for ever', () => {
    if (region === undefined) throw new Error('there is no region stack');
    const functions = Object.values(resourcesOf(region, 'AWS::Lambda::Function'));
    expect(functions).toHaveLength(13);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], LoggingConfig: { LogGroup: expect.anything() } });
    }
    expect(Object.keys(resourcesOf(region, 'AWS::Lambda::Alias'))).toHaveLength(13);
    for (const { Properties } of Object.values(resourcesOf(region, 'AWS::Logs::LogGroup'))) expect(Properties.RetentionInDays).toBe(30);
  });

  test('what runs in calm minutes is traced within a traced run and logs what it says, the act path traces and logs every call', () => {
    if (region === undefined) throw new Error('there is no region stack');
    const modes = Object.entries(resourcesOf(region, 'AWS::Lambda::Function')).map(([id, { Properties }]) => {
      const { TracingConfig, LoggingConfig } = z.object(observed).parse(Properties);
      return [/Functions(.*)Function/.exec(id)?.[1], TracingConfig.Mode, LoggingConfig.LogFormat, LoggingConfig.SystemLogLevel];
    });
    const inCalm = ['Analyze', 'Learn', 'Plan', 'Probe', 'Sweep', 'Vote'];
    const acting = ['Apply', 'ApplyWeights', 'Undo', 'UndoWeights', 'Verify', 'VerifyWeights'].map((name) => `Step${name}`);
    expect(modes.sort()).toEqual(
      [
        ...inCalm.map((name) => [name, 'PassThrough', 'JSON', 'WARN']),
        ...['Notify', ...acting].map((name) => [name, 'Active', 'JSON', 'INFO']),
      ].sort(),
    );
  });

  test('the act path has concurrency that nobody else can take', () => {
    if (region === undefined) throw new Error('there is no region stack');
    const functions = Object.entries(resourcesOf(region, 'AWS::Lambda::Function'));
    const reserved = functions.filter(([, { Properties }]) => Properties.ReservedConcurrentExecutions !== undefined).map(([id]) => id);
    for (const name of ['Vote', 'Plan', 'StepApply', 'StepVerify', 'StepUndo', 'Sweep', 'Learn'])
      expect(reserved.join(' ')).toContain(`Functions${name}`);
  });

  test('the schedule asks for three slots a minute, and for the tasks of the minute', () => {
    if (region === undefined) throw new Error('there is no region stack');
    const delays = Object.values(resourcesOf(region, 'AWS::SQS::Queue')).flatMap(({ Properties }) =>
      Properties.DelaySeconds === undefined ? [] : [Properties.DelaySeconds],
    );
    expect(delays).toEqual([20, 40]);
    const scheduled = Object.values(resourcesOf(region, 'AWS::Events::Rule')).filter(
      ({ Properties }) => Properties.ScheduleExpression === 'rate(1 minute)',
    );
    expect(scheduled.map(({ Properties }) => (Properties.Targets as unknown[]).length).sort()).toEqual([3, 5]);
  });

  test('the queues of the slots are polled by two and not by five: none has a maximum concurrency, which Lambda would hold the five for', () => {
    if (region === undefined) throw new Error('there is no region stack');
    const sources = Object.values(resourcesOf(region, 'AWS::Lambda::EventSourceMapping'));
    expect(sources.map(({ Properties }) => Properties.ScalingConfig)).toEqual([undefined, undefined]);
  });

  test('table and key outlive their stack, and the table can be put back to any second of the last weeks', () => {
    if (data === undefined) throw new Error('there is no data stack');
    for (const [, { DeletionPolicy }] of Object.entries(resourcesOf(data))) expect(DeletionPolicy).toBe('Retain');
    const [table] = Object.values(resourcesOf(data, 'AWS::DynamoDB::Table'));
    expect(table?.Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      DeletionProtectionEnabled: true,
    });
  });

  test('a peer that falls silent, a run that fails unhandled and an event that nobody handled wake people', () => {
    if (region === undefined) throw new Error('there is no region stack');
    const alarms = Object.values(resourcesOf(region, 'AWS::CloudWatch::Alarm')).filter(
      ({ Properties }) => Properties.AlarmActions !== undefined,
    );
    const metrics = alarms.map(({ Properties }) => Properties.MetricName);
    expect(metrics.filter((name) => name === 'MatchedEvents')).toHaveLength(2);
    expect(metrics.filter((name) => name === 'ExecutionsFailed')).toHaveLength(11);
    expect(metrics).toContain('ApproximateNumberOfMessagesVisible');
  });
});
