import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { type Fence, failed, ok, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, FlagControl } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';
import type { FenceGuard } from './fence-guard.ts';

export interface AwsFlagControlParts {
  /** SSM by region, of the account that owns the parameters. */
  clients: Record<string, SSMClient>;
  guard: FenceGuard;
  clock: Clock;
}

/** FlagControl over SSM parameters that applications read. */
export class AwsFlagControl implements FlagControl {
  readonly #parts: AwsFlagControlParts;

  constructor(parts: AwsFlagControlParts) {
    this.#parts = parts;
  }

  async read(target: Target, name: string, call: Call): Promise<Result<string | null>> {
    const command = new GetParameterCommand({ Name: parameterOf(target, name) });
    const answer = await this.#send(target, 'ssm:GetParameter', call, (client, options) => client.send(command, options));
    if (answer.ok) return ok(answer.value.Parameter?.Value ?? null);
    return isMissing(answer) ? ok(null) : answer;
  }

  async write(target: Target, name: string, value: string | null, fence: Fence, call: Call): Promise<Result<void>> {
    const within = await this.#parts.guard.admit(targetKey(target), fence, call);
    if (!within.ok) return within;
    const Name = parameterOf(target, name);
    const written = await this.#send<unknown>(
      target,
      value === null ? 'ssm:DeleteParameter' : 'ssm:PutParameter',
      within.value,
      (client, options) =>
        value === null
          ? client.send(new DeleteParameterCommand({ Name }), options)
          : client.send(new PutParameterCommand({ Name, Value: value, Type: 'String', Overwrite: true }), options),
    );
    // One that is gone already is what was asked for.
    return written.ok || (value === null && isMissing(written)) ? ok(undefined) : written;
  }

  async #send<T>(
    target: Target,
    operation: string,
    call: Call,
    send: (client: SSMClient, options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<Result<T>> {
    const client = this.#parts.clients[target.region];
    if (!client) return failed('not-found', `no SSM client for ${target.region}`);
    return attempt(operation, this.#parts.clock, call, (options) => send(client, options));
  }
}

/** A path is the very parameter that the application reads; a plain name is kept apart by service. */
function parameterOf(target: Target, name: string): string {
  return name.startsWith('/') ? name : `/evenkeel/flags/${target.service}/${name}`;
}

/** Only the parameter itself: a region without a client is no flag that was never written. */
function isMissing(result: Result<unknown>): boolean {
  return !result.ok && result.reason.includes('ParameterNotFound');
}
