import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

/** How long a value is kept: a rotated secret is picked up after this. */
const keptMs = 300_000;

/**
 * Reads secrets that the configuration names: `ssm:/path`, and `secretsmanager:name` through SSM's own reference to it,
 * so that one client serves both. https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export class AwsSecrets {
  readonly #client: SSMClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { value: string; until: number }>();

  constructor(client: SSMClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async read(reference: string, call: Call): Promise<Result<string>> {
    const kept = this.#kept.get(reference);
    if (kept && kept.until > this.#clock.now()) return ok(kept.value);
    const Name = parameterOf(reference);
    if (Name === null) return failed('invalid', `${reference} is neither ssm: nor secretsmanager:`);
    const command = new GetParameterCommand({ Name, WithDecryption: true });
    const answer = await attempt('ssm:GetParameter', this.#clock, call, (options) => this.#client.send(command, options));
    if (!answer.ok) return answer;
    const value = answer.value.Parameter?.Value;
    if (value === undefined) return failed('not-found', `${reference} has no value`);
    this.#kept.set(reference, { value, until: this.#clock.now() + keptMs });
    return ok(value);
  }
}

function parameterOf(reference: string): string | null {
  if (reference.startsWith('ssm:')) return reference.slice('ssm:'.length);
  if (reference.startsWith('secretsmanager:')) return `/aws/reference/secretsmanager/${reference.slice('secretsmanager:'.length)}`;
  return null;
}
