import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
  type ServiceDeploymentBrief,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { ok, type Release, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Look } from '../../core/ports/index.ts';
import { attempt, inOrder } from './attempt.ts';
import type { EcsDeployment } from './deployment.ts';
import { EcsReader } from './ecs-reader.ts';
import { fail, notYet, pass } from './looks.ts';
import type { DeploymentReleases } from './release-control.ts';

/** DescribeServiceRevisions takes this many; further back nobody rolls. */
const historyMax = 20;
const running = ['PENDING', 'IN_PROGRESS', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'STOP_REQUESTED'];

/** Releases of an ECS service: the task definitions of its deployments, newest first. */
export class EcsReleases implements DeploymentReleases {
  readonly #deployment: EcsDeployment;
  readonly #client: ECSClient;
  readonly #clock: Clock;
  readonly #reader: EcsReader;

  constructor(deployment: EcsDeployment, client: ECSClient, clock: Clock) {
    this.#deployment = deployment;
    this.#client = client;
    this.#clock = clock;
    this.#reader = new EcsReader(deployment, client, clock);
  }

  async history(call: Call): Promise<Result<Release[]>> {
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    const deployments = await this.#deployments(call);
    if (!deployments.ok) return deployments;
    const definitions = await this.#definitionsOf(deployments.value, call);
    if (!definitions.ok) return definitions;
    const releases = new Map<string, Release>();
    for (const deployment of deployments.value) {
      const id = definitions.value.get(deployment.targetServiceRevisionArn ?? '');
      if (id === undefined || releases.has(id)) continue;
      const current = id === service.value.taskDefinition;
      const inProgress = running.includes(deployment.status ?? '');
      if (!current && !inProgress && deployment.status !== 'SUCCESSFUL') continue;
      const at = (deployment.startedAt ?? deployment.createdAt)?.getTime() ?? 0;
      releases.set(id, { id, version: versionOf(id), at, state: inProgress ? 'in-progress' : current ? 'current' : 'previous' });
    }
    return ok([...releases.values()]);
  }

  /** A deployment that is still going on and came from the release is stopped, and ECS itself goes back; else the release is deployed. */
  async apply(release: string, call: Call): Promise<Result<void>> {
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    const going = await this.#goingFrom(release, call);
    if (!going.ok) return going;
    const stopped = going.value;
    if (stopped === null && service.value.taskDefinition === release) return ok(undefined);
    const known = await this.#reader.taskDefinition(release, call);
    if (!known.ok) return known;
    return inOrder(() => (stopped === null ? this.#deploy(release, call) : this.#stop(stopped, call)));
  }

  async verify(release: string, call: Call): Promise<Result<Look>> {
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    const { deployments = [], desiredCount = 0, runningCount = 0 } = service.value;
    const primary = deployments.find((deployment) => deployment.status === 'PRIMARY');
    const state = `${versionOf(primary?.taskDefinition ?? 'none')} is ${primary?.rolloutState ?? 'unknown'}, ${runningCount} of ${desiredCount} run`;
    if (primary?.taskDefinition !== release) return fail(`${state}; ${versionOf(release)} was asked for`);
    if (primary.rolloutState === 'FAILED') return fail(`${state}: ${primary.rolloutStateReason ?? 'no reason given'}`);
    return primary.rolloutState === 'COMPLETED' && deployments.length === 1 && runningCount >= desiredCount ? pass(state) : notYet(state);
  }

  #deployments(call: Call): Promise<Result<ServiceDeploymentBrief[]>> {
    const { cluster, service } = this.#deployment;
    return attempt('ecs:ListServiceDeployments', this.#clock, call, async (options) => {
      const found: ServiceDeploymentBrief[] = [];
      let nextToken: string | undefined;
      do {
        const page = await this.#client.send(new ListServiceDeploymentsCommand({ cluster, service, nextToken }), options);
        found.push(...(page.serviceDeployments ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined && found.length < historyMax);
      const at = (deployment: ServiceDeploymentBrief) => deployment.createdAt?.getTime() ?? 0;
      return found.sort((a, b) => at(b) - at(a)).slice(0, historyMax);
    });
  }

  async #definitionsOf(deployments: readonly ServiceDeploymentBrief[], call: Call): Promise<Result<Map<string, string>>> {
    const serviceRevisionArns = [...new Set(deployments.flatMap((deployment) => deployment.targetServiceRevisionArn ?? []))];
    return this.#definitions(serviceRevisionArns, call);
  }

  /** Task definition by service revision. */
  async #definitions(serviceRevisionArns: string[], call: Call): Promise<Result<Map<string, string>>> {
    if (serviceRevisionArns.length === 0) return ok(new Map());
    const command = new DescribeServiceRevisionsCommand({ serviceRevisionArns });
    const answer = await attempt('ecs:DescribeServiceRevisions', this.#clock, call, (options) => this.#client.send(command, options));
    if (!answer.ok) return answer;
    return ok(
      new Map((answer.value.serviceRevisions ?? []).map((revision) => [revision.serviceRevisionArn ?? '', revision.taskDefinition ?? ''])),
    );
  }

  /** The deployment under way whose source is the release, or null. */
  async #goingFrom(release: string, call: Call): Promise<Result<string | null>> {
    const deployments = await this.#deployments(call);
    if (!deployments.ok) return deployments;
    const arns = deployments.value
      .filter(({ status }) => status === 'PENDING' || status === 'IN_PROGRESS')
      .flatMap((one) => one.serviceDeploymentArn ?? []);
    if (arns.length === 0) return ok(null);
    const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns });
    const answer = await attempt('ecs:DescribeServiceDeployments', this.#clock, call, (options) => this.#client.send(command, options));
    if (!answer.ok) return answer;
    const going = answer.value.serviceDeployments ?? [];
    const sources = await this.#definitions(going.flatMap(sourcesOf), call);
    if (!sources.ok) return sources;
    const from = going.find((deployment) => sourcesOf(deployment).some((arn) => sources.value.get(arn) === release));
    return ok(from?.serviceDeploymentArn ?? null);
  }

  #deploy(taskDefinition: string, call: Call): Promise<Result<unknown>> {
    const { cluster, service } = this.#deployment;
    const command = new UpdateServiceCommand({ cluster, service, taskDefinition });
    return attempt('ecs:UpdateService', this.#clock, call, (options) => this.#client.send(command, options));
  }

  #stop(serviceDeploymentArn: string, call: Call): Promise<Result<unknown>> {
    const command = new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' });
    return attempt('ecs:StopServiceDeployment', this.#clock, call, (options) => this.#client.send(command, options));
  }
}

function sourcesOf(deployment: ServiceDeployment): string[] {
  return (deployment.sourceServiceRevisions ?? []).flatMap((revision) => revision.arn ?? []);
}

function versionOf(taskDefinition: string): string {
  return taskDefinition.split('/').at(-1) ?? taskDefinition;
}
