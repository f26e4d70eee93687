import {
  type AliasConfiguration,
  GetAliasCommand,
  type LambdaClient,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { failed, ok, type Release, type ReleaseSplit, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Look } from '../../core/ports/index.ts';
import { attempt, inOrder } from './attempt.ts';
import type { LambdaDeployment } from './deployment.ts';
import { fail, pass } from './looks.ts';
import type { DeploymentReleases } from './release-control.ts';

const pagesMax = 20;

/** Releases of a function: its published versions, the alias says which one callers get. */
export class LambdaReleases implements DeploymentReleases {
  readonly #deployment: LambdaDeployment;
  readonly #client: LambdaClient;
  readonly #clock: Clock;

  constructor(deployment: LambdaDeployment, client: LambdaClient, clock: Clock) {
    this.#deployment = deployment;
    this.#client = client;
    this.#clock = clock;
  }

  async history(call: Call): Promise<Result<Release[]>> {
    const alias = await this.#alias(call);
    if (!alias.ok) return alias;
    const versions = await attempt('lambda:ListVersionsByFunction', this.#clock, call, async (options) => {
      const found: Release[] = [];
      let pages = 0;
      const input = { FunctionName: this.#deployment.function };
      for await (const page of paginateListVersionsByFunction({ client: this.#client }, input, options)) {
        for (const { Version = '', LastModified = '' } of page.Versions ?? []) {
          if (/^\d+$/.test(Version))
            found.push({ id: Version, version: Version, at: Date.parse(LastModified), ...standingOf(Version, alias.value) });
        }
        if (++pages === pagesMax) throw new Error(`${this.#deployment.function} has more than ${pagesMax} pages of versions`);
      }
      return found;
    });
    return versions.ok ? ok(versions.value.sort((a, b) => Number(b.id) - Number(a.id))) : versions;
  }

  /** Moves the alias only if nobody else has since it was read; a canary share of another version ends with it. */
  async apply(release: string, call: Call): Promise<Result<void>> {
    const alias = await this.#alias(call);
    if (!alias.ok) return alias;
    if (alias.value.FunctionVersion === release && canary(alias.value).length === 0) return ok(undefined);
    const history = await this.history(call);
    if (!history.ok) return history;
    if (!history.value.some(({ id }) => id === release))
      return failed('not-found', `${this.#deployment.function} has no version ${release}`);
    const command = new UpdateAliasCommand({
      FunctionName: this.#deployment.function,
      Name: this.#deployment.alias,
      FunctionVersion: release,
      RoutingConfig: { AdditionalVersionWeights: {} },
      RevisionId: alias.value.RevisionId,
    });
    return inOrder(() => attempt('lambda:UpdateAlias', this.#clock, call, (options) => this.#client.send(command, options)));
  }

  async verify(release: string, call: Call): Promise<Result<Look>> {
    const alias = await this.#alias(call);
    if (!alias.ok) return alias;
    const state = `${this.#deployment.alias} points to ${alias.value.FunctionVersion}`;
    if (alias.value.FunctionVersion !== release) return fail(`${state}, not to ${release}`);
    return canary(alias.value).length === 0 ? pass(state) : fail(`${state} and in part to ${canary(alias.value).join(', ')}`);
  }

  async split(call: Call): Promise<Result<ReleaseSplit>> {
    const alias = await this.#alias(call);
    return alias.ok ? ok(splitOf(alias.value)) : alias;
  }

  /** Lambda compares the RevisionId, which changes with the alias and whoever changes it. */
  async setSplit(expected: ReleaseSplit, { stable, canary, share }: Omit<ReleaseSplit, 'token'>, call: Call): Promise<Result<void>> {
    const whole = share === 1 && canary !== null;
    const command = new UpdateAliasCommand({
      FunctionName: this.#deployment.function,
      Name: this.#deployment.alias,
      FunctionVersion: whole ? canary : stable,
      RoutingConfig: { AdditionalVersionWeights: whole || canary === null || share === 0 ? {} : { [canary]: share } },
      RevisionId: expected.token,
    });
    return inOrder(() => attempt('lambda:UpdateAlias', this.#clock, call, (options) => this.#client.send(command, options)));
  }

  #alias(call: Call): Promise<Result<AliasConfiguration>> {
    const command = new GetAliasCommand({ FunctionName: this.#deployment.function, Name: this.#deployment.alias });
    return attempt('lambda:GetAlias', this.#clock, call, (options) => this.#client.send(command, options));
  }
}

function canary(alias: AliasConfiguration): string[] {
  return Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
}

function splitOf(alias: AliasConfiguration): ReleaseSplit {
  const [[version, share] = [null, 0]] = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
  return { stable: alias.FunctionVersion ?? '', canary: version, share, token: alias.RevisionId ?? '' };
}

function standingOf(version: string, alias: AliasConfiguration): Pick<Release, 'state' | 'share'> {
  const share = alias.RoutingConfig?.AdditionalVersionWeights?.[version];
  if (share !== undefined) return { state: 'in-progress', share };
  return { state: alias.FunctionVersion === version ? 'current' : 'previous' };
}
