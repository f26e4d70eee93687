import {
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { type Capacity, type CapacityChange, failed, ok, type Quota, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Look } from '../../core/ports/index.ts';
import { attempt, inOrder } from './attempt.ts';
import type { DeploymentCapacity } from './capacity-control.ts';
import type { CapacityClients, LambdaDeployment } from './deployment.ts';
import { fail, notYet, pass } from './looks.ts';
import { readSaturation } from './saturation.ts';

interface Provisioned {
  requested: number;
  available: number;
  status: string;
  reason: string;
}

/** Capacity of one function behind an alias; a unit is one concurrent execution, so there is nothing to replace or eject. */
export class LambdaCapacity implements DeploymentCapacity {
  readonly #deployment: LambdaDeployment;
  readonly #clients: CapacityClients;
  readonly #clock: Clock;

  constructor(deployment: LambdaDeployment, clients: CapacityClients, clock: Clock) {
    this.#deployment = deployment;
    this.#clients = clients;
    this.#clock = clock;
  }

  async snapshot(call: Call): Promise<Result<Capacity>> {
    const provisioned = await this.#provisioned(call);
    if (!provisioned.ok) return provisioned;
    const reserved = await this.#reserved(call);
    if (!reserved.ok) return reserved;
    const saturation = await readSaturation(this.#clients.cloudWatch, this.#deployment, this.#clock, call);
    return ok({
      desired: provisioned.value.requested,
      min: this.#deployment.minUnits,
      max: reserved.value ?? this.#deployment.maxUnits,
      running: provisioned.value.available,
      healthy: provisioned.value.available,
      units: [],
      ...(saturation !== undefined && { saturation }),
      concurrency: { provisioned: provisioned.value.requested, reserved: reserved.value },
    });
  }

  /** Concurrent executions of the account: its limit, and what is reserved by functions. */
  async quota(call: Call): Promise<Result<Quota>> {
    const answer = await attempt('lambda:GetAccountSettings', this.#clock, call, (options) =>
      this.#clients.lambda.send(new GetAccountSettingsCommand({}), options),
    );
    if (!answer.ok) return answer;
    const limit = answer.value.AccountLimit?.ConcurrentExecutions ?? 0;
    return ok({ limit, used: limit - (answer.value.AccountLimit?.UnreservedConcurrentExecutions ?? limit) });
  }

  async apply(change: CapacityChange, call: Call): Promise<Result<void>> {
    if (change.kind === 'concurrency') return this.#set(change, call);
    return failed('invalid', `${this.#deployment.function} is a Lambda function: it has concurrency, no ${change.kind}`);
  }

  async verify(change: CapacityChange, call: Call): Promise<Result<Look>> {
    if (change.kind !== 'concurrency') return failed('invalid', `a Lambda function has no ${change.kind}`);
    const now = await this.#provisioned(call);
    if (!now.ok) return now;
    const reserved = await this.#reserved(call);
    if (!reserved.ok) return reserved;
    const { requested, available, status } = now.value;
    const counts = `${available} of ${requested} provisioned, status ${status || 'none'}, ${reserved.value ?? 'none'} reserved`;
    if (status === 'FAILED') return fail(`${counts}: ${now.value.reason}`);
    if (requested !== change.provisioned || reserved.value !== change.reserved) {
      return fail(`${counts}; ${change.provisioned} and ${change.reserved ?? 'none'} were asked for`);
    }
    return available >= requested ? pass(counts) : notYet(counts);
  }

  async undo(before: Capacity, call: Call): Promise<Result<void>> {
    return this.#set(before.concurrency ?? { provisioned: before.desired, reserved: null }, call);
  }

  /** Provisioned must never exceed reserved: raise the reserve first, lower it last. */
  async #set(asked: { provisioned: number; reserved: number | null }, call: Call): Promise<Result<void>> {
    const now = await this.#provisioned(call);
    if (!now.ok) return now;
    const reserve = () => this.#setReserved(asked.reserved, call);
    const provision = () => this.#setProvisioned(asked.provisioned, call);
    return asked.provisioned >= now.value.requested ? inOrder(reserve, provision) : inOrder(provision, reserve);
  }

  #setReserved(reserved: number | null, call: Call): Promise<Result<unknown>> {
    const { lambda } = this.#clients;
    const FunctionName = this.#deployment.function;
    if (reserved === null) {
      const command = new DeleteFunctionConcurrencyCommand({ FunctionName });
      return attempt('lambda:DeleteFunctionConcurrency', this.#clock, call, (options) => lambda.send(command, options));
    }
    const command = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved });
    return attempt('lambda:PutFunctionConcurrency', this.#clock, call, (options) => lambda.send(command, options));
  }

  #setProvisioned(provisioned: number, call: Call): Promise<Result<unknown>> {
    const { lambda } = this.#clients;
    const alias = { FunctionName: this.#deployment.function, Qualifier: this.#deployment.alias };
    if (provisioned === 0) {
      const command = new DeleteProvisionedConcurrencyConfigCommand(alias);
      return attempt('lambda:DeleteProvisionedConcurrencyConfig', this.#clock, call, (options) => lambda.send(command, options));
    }
    const command = new PutProvisionedConcurrencyConfigCommand({ ...alias, ProvisionedConcurrentExecutions: provisioned });
    return attempt('lambda:PutProvisionedConcurrencyConfig', this.#clock, call, (options) => lambda.send(command, options));
  }

  async #provisioned(call: Call): Promise<Result<Provisioned>> {
    const command = new GetProvisionedConcurrencyConfigCommand({
      FunctionName: this.#deployment.function,
      Qualifier: this.#deployment.alias,
    });
    const answer = await attempt('lambda:GetProvisionedConcurrencyConfig', this.#clock, call, (options) =>
      this.#clients.lambda.send(command, options),
    );
    // Lambda answers ProvisionedConcurrencyConfigNotFoundException when there is none; a missing function has another name.
    if (!answer.ok && answer.reason.includes('ProvisionedConcurrencyConfigNotFound')) {
      return ok({ requested: 0, available: 0, status: '', reason: '' });
    }
    if (!answer.ok) return answer;
    return ok({
      requested: answer.value.RequestedProvisionedConcurrentExecutions ?? 0,
      available: answer.value.AvailableProvisionedConcurrentExecutions ?? 0,
      status: answer.value.Status ?? '',
      reason: answer.value.StatusReason ?? 'no reason given',
    });
  }

  async #reserved(call: Call): Promise<Result<number | null>> {
    const command = new GetFunctionConcurrencyCommand({ FunctionName: this.#deployment.function });
    const answer = await attempt('lambda:GetFunctionConcurrency', this.#clock, call, (options) =>
      this.#clients.lambda.send(command, options),
    );
    return answer.ok ? ok(answer.value.ReservedConcurrentExecutions ?? null) : answer;
  }
}
