import { createHash } from 'node:crypto';
import {
  DescribeDocumentCommand,
  GetAutomationExecutionCommand,
  paginateListCommandInvocations,
  SendCommandCommand,
  type SSMClient,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { canonicalJson, type Fence, failed, ok, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, ScriptRunner } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';
import type { FenceGuard } from './fence-guard.ts';

type ScriptState = { state: 'running' | 'succeeded' | 'failed'; exitStatus?: number; reason: string };

export interface AwsScriptRunnerParts {
  client: SSMClient;
  /** Tag that selects the instances of a service for documents of type Command. */
  instancesOf: (target: Target) => { tag: string; values: readonly string[] } | undefined;
  guard: FenceGuard;
  clock: Clock;
}

const invocationsMax = 500;

/** ScriptRunner over SSM: Run Command for documents of type Command, Automation for the rest. Run ids say which it was. */
export class AwsScriptRunner implements ScriptRunner {
  readonly #parts: AwsScriptRunnerParts;

  constructor(parts: AwsScriptRunnerParts) {
    this.#parts = parts;
  }

  async run(
    target: Target,
    document: string,
    version: string,
    parameters: Record<string, string>,
    fence: Fence,
    call: Call,
  ): Promise<Result<{ runId: string }>> {
    // $LATEST and $DEFAULT run whatever somebody saved last.
    if (!/^\d+$/.test(version)) return failed('invalid', `version ${version} of ${document} is not pinned: give its number`);
    const type = await this.#documentType(document, version, call);
    if (!type.ok) return type;
    const within = await this.#parts.guard.admit(targetKey(target), fence, call);
    if (!within.ok) return within;
    const Parameters = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
    if (type.value === 'Command') return this.#sendCommand(target, document, version, Parameters, within.value);
    const ClientToken = tokenOf([targetKey(target), document, version, parameters, fence.epoch]);
    return this.#startAutomation({ DocumentName: document, DocumentVersion: version, Parameters, ClientToken }, within.value);
  }

  async status(runId: string, call: Call): Promise<Result<ScriptState>> {
    const [kind = '', id = kind] = runId.split('/');
    return kind === 'command' ? this.#commandStatus(id, call) : this.#automationStatus(id, call);
  }

  async #documentType(Name: string, DocumentVersion: string, call: Call): Promise<Result<string>> {
    const command = new DescribeDocumentCommand({ Name, DocumentVersion });
    const answer = await attempt('ssm:DescribeDocument', this.#parts.clock, call, (options) => this.#parts.client.send(command, options));
    if (!answer.ok) return answer;
    const { Status = 'unknown', DocumentType = 'unknown' } = answer.value.Document ?? {};
    return Status === 'Active' ? ok(DocumentType) : failed('invalid', `version ${DocumentVersion} of ${Name} is ${Status}`);
  }

  async #sendCommand(
    target: Target,
    DocumentName: string,
    DocumentVersion: string,
    Parameters: Record<string, string[]>,
    call: Call,
  ): Promise<Result<{ runId: string }>> {
    const instances = this.#parts.instancesOf(target);
    if (!instances) return failed('invalid', `${target.service} has no instances to run ${DocumentName} on`);
    const command = new SendCommandCommand({
      DocumentName,
      DocumentVersion,
      Parameters,
      Targets: [{ Key: `tag:${instances.tag}`, Values: [...instances.values] }],
      TimeoutSeconds: 60,
      MaxErrors: '0',
    });
    const answer = await attempt('ssm:SendCommand', this.#parts.clock, call, (options) => this.#parts.client.send(command, options));
    return answer.ok ? ok({ runId: `command/${answer.value.Command?.CommandId}` }) : answer;
  }

  async #startAutomation(
    input: { DocumentName: string; DocumentVersion: string; Parameters: Record<string, string[]>; ClientToken: string },
    call: Call,
  ): Promise<Result<{ runId: string }>> {
    const command = new StartAutomationExecutionCommand(input);
    const answer = await attempt('ssm:StartAutomationExecution', this.#parts.clock, call, (options) =>
      this.#parts.client.send(command, options),
    );
    return answer.ok ? ok({ runId: `automation/${answer.value.AutomationExecutionId}` }) : answer;
  }

  /** Succeeded when every instance did; failed when one did not; a command that reached nobody has failed. */
  async #commandStatus(CommandId: string, call: Call): Promise<Result<ScriptState>> {
    const invocations = await attempt('ssm:ListCommandInvocations', this.#parts.clock, call, async (options) => {
      const found: { status: string; exit: number; instance: string }[] = [];
      for await (const page of paginateListCommandInvocations({ client: this.#parts.client }, { CommandId, Details: true }, options)) {
        for (const { Status = '', InstanceId = '', CommandPlugins = [] } of page.CommandInvocations ?? []) {
          const exit = CommandPlugins.map((plugin) => plugin.ResponseCode ?? 0).find((code) => code !== 0) ?? 0;
          found.push({ status: Status, exit, instance: InstanceId });
        }
        if (found.length >= invocationsMax) throw new Error(`command ${CommandId} runs on more than ${invocationsMax} instances`);
      }
      return found;
    });
    if (!invocations.ok) return invocations;
    if (invocations.value.length === 0) return ok({ state: 'failed', reason: `command ${CommandId} reached no instance` });
    const going = invocations.value.filter(({ status }) => ['Pending', 'InProgress', 'Delayed', 'Cancelling'].includes(status));
    if (going.length > 0) return ok({ state: 'running', reason: `${going.length} of ${invocations.value.length} still run` });
    const bad = invocations.value.find(({ status, exit }) => status !== 'Success' || exit !== 0);
    if (!bad) return ok({ state: 'succeeded', exitStatus: 0, reason: `succeeded on ${invocations.value.length}` });
    return ok({ state: 'failed', exitStatus: bad.exit, reason: `${bad.instance}: ${bad.status}, exit status ${bad.exit}` });
  }

  async #automationStatus(AutomationExecutionId: string, call: Call): Promise<Result<ScriptState>> {
    const command = new GetAutomationExecutionCommand({ AutomationExecutionId });
    const answer = await attempt('ssm:GetAutomationExecution', this.#parts.clock, call, (options) =>
      this.#parts.client.send(command, options),
    );
    if (!answer.ok) return answer;
    const { AutomationExecutionStatus: status = 'unknown', FailureMessage: message } = answer.value.AutomationExecution ?? {};
    const reason = message ?? status;
    if (status === 'Success' || status === 'CompletedWithSuccess') return ok({ state: 'succeeded', exitStatus: 0, reason });
    const ended = ['TimedOut', 'Cancelled', 'Failed', 'CompletedWithFailure', 'Rejected', 'Exited', 'ChangeCalendarOverrideRejected'];
    return ok({ state: ended.includes(status) ? 'failed' : 'running', reason });
  }
}

/** Automation starts a token once. SSM wants the form of a UUID. */
function tokenOf(parts: readonly unknown[]): string {
  const hex = createHash('sha256').update(canonicalJson(parts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
