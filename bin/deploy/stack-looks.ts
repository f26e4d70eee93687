import {
  type CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  GetTemplateCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { canonicalJson, Json } from '../../core/model/index.ts';
import type { StackState } from './plan.ts';

export interface StackLook {
  state: StackState;
  /** Values of outputs by their description. */
  outputs: Record<string, string>;
}

/** A stack as CloudFormation has it, held against the template that the sources make; null: nothing is compared. */
export async function lookAtStack(client: CloudFormationClient, name: string, template: Json | null): Promise<StackLook> {
  const stack = await describe(client, name);
  const outputs = Object.fromEntries((stack?.Outputs ?? []).map(({ Description, OutputValue }) => [Description ?? '', OutputValue ?? '']));
  const rough = roughState(stack?.StackStatus);
  if (rough !== 'there') return { state: rough, outputs };
  if (template === null) return { state: 'current', outputs };
  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }));
  const same = canonicalJson(Json.parse(JSON.parse(TemplateBody ?? 'null'))) === canonicalJson(template);
  return { state: same ? 'current' : 'stale', outputs };
}

async function describe(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    if (error instanceof CloudFormationServiceException && error.name === 'ValidationError' && error.message.includes('does not exist'))
      return undefined;
    throw error;
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-create-stacks-status-codes */
export function roughState(status: string | undefined): 'absent' | 'busy' | 'broken' | 'there' {
  if (status === undefined || status === 'DELETE_COMPLETE' || status === 'REVIEW_IN_PROGRESS') return 'absent';
  if (status.endsWith('_IN_PROGRESS')) return 'busy';
  return status.endsWith('_FAILED') || status === 'ROLLBACK_COMPLETE' ? 'broken' : 'there';
}
