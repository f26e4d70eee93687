import assert from 'node:assert/strict';
import { CloudFormationClient, DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';

/** Compares a stack with its template, resource by resource, and asks Lambda for every function. Answers the number of functions. */
export async function assertLive({ emulator }: StageContext, region: string, stack: string, types: readonly string[]): Promise<number> {
  const settings = emulatorClient(emulator.endpoint, region);
  const cloudFormation = new CloudFormationClient(settings);
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  assert.match(Stacks?.[0]?.StackStatus ?? 'missing', /^(CREATE|UPDATE)_COMPLETE$/, `${stack} in ${region}`);
  const live: { type: string; id: string }[] = [];
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stack })) {
    for (const { ResourceType, PhysicalResourceId, ResourceStatus } of page.StackResourceSummaries ?? []) {
      assert.match(ResourceStatus ?? '', /_COMPLETE$/, `${ResourceType} ${PhysicalResourceId} of ${stack}`);
      live.push({ type: ResourceType ?? '', id: PhysicalResourceId ?? '' });
    }
  }
  assert.deepEqual(live.map(({ type }) => type).sort(), [...types].sort(), `resources of ${stack}`);
  const functions = live.filter(({ type }) => type === 'AWS::Lambda::Function');
  const lambda = new LambdaClient(settings);
  for (const { id } of functions) {
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: id }));
    assert.equal(Configuration?.State, 'Active', `${id} in ${region}`);
  }
  return functions.length;
}
