import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, SecretSource } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

/** How long a value is kept: a rotated secret is picked up after this. */
const keptMs = 300_000;
/** GetParameters takes this many. */
const namesPerRequest = 10;

/**
 * Reads the secrets that the configuration names: `ssm:/path`, `secretsmanager:name` through SSM's own reference to it, so that
 * one client serves both, and `env:NAME` from the environment that is handed in.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export class AwsSecrets implements SecretSource {
  readonly #client: SSMClient;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { value: string; until: number }>();

  constructor(client: SSMClient, environment: Readonly<Record<string, string | undefined>>, clock: Clock) {
    this.#client = client;
    this.#environment = environment;
    this.#clock = clock;
  }

  async read(references: readonly string[], call: Call): Promise<Result<ReadonlyMap<string, string>>> {
    const found = new Map<string, string>();
    const toAsk = new Map<string, string>();
    for (const reference of new Set(references)) {
      const value = this.#known(reference);
      const name = parameterOf(reference);
      if (value !== undefined) found.set(reference, value);
      else if (name !== null) toAsk.set(name, reference);
    }
    const names = [...toAsk.keys()];
    for (let from = 0; from < names.length; from += namesPerRequest) {
      const command = new GetParametersCommand({ Names: names.slice(from, from + namesPerRequest), WithDecryption: true });
      const answer = await attempt('ssm:GetParameters', this.#clock, call, (options) => this.#client.send(command, options));
      if (!answer.ok) return answer;
      for (const { Name = '', Value } of answer.value.Parameters ?? []) {
        const reference = toAsk.get(Name);
        if (reference === undefined || Value === undefined) continue;
        this.#kept.set(reference, { value: Value, until: this.#clock.now() + keptMs });
        found.set(reference, Value);
      }
    }
    return ok(found);
  }

  #known(reference: string): string | undefined {
    if (reference.startsWith('env:')) return this.#environment[reference.slice('env:'.length)];
    const kept = this.#kept.get(reference);
    return kept && kept.until > this.#clock.now() ? kept.value : undefined;
  }
}

function parameterOf(reference: string): string | null {
  if (reference.startsWith('ssm:')) return reference.slice('ssm:'.length);
  if (reference.startsWith('secretsmanager:')) return `/aws/reference/secretsmanager/${reference.slice('secretsmanager:'.length)}`;
  return null;
}
