import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListTasks,
  type Service,
  type Tag,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';
import type { EcsDeployment } from './deployment.ts';
import { failure } from './failure.ts';

/** DescribeTasks takes this many. */
const tasksPerRequest = 100;
const pagesMax = 50;

/** Reads of one ECS service that capacity and release control share. */
export class EcsReader {
  readonly #deployment: EcsDeployment;
  readonly #client: ECSClient;
  readonly #clock: Clock;

  constructor(deployment: EcsDeployment, client: ECSClient, clock: Clock) {
    this.#deployment = deployment;
    this.#client = client;
    this.#clock = clock;
  }

  async service(call: Call): Promise<Result<Service>> {
    const { cluster, service } = this.#deployment;
    const command = new DescribeServicesCommand({ cluster, services: [service] });
    const answer = await attempt('ecs:DescribeServices', this.#clock, call, (options) => this.#client.send(command, options));
    if (!answer.ok) return answer;
    const found = answer.value.services?.[0];
    // ECS keeps answering about deleted services for a while, as INACTIVE.
    if (!found || found.status === 'INACTIVE')
      return failed('not-found', `ECS service ${service} in cluster ${cluster}: ${missing(answer.value.failures)}`);
    return ok(found);
  }

  /** Every task that should run, all pages. */
  async tasks(call: Call): Promise<Result<Task[]>> {
    const { cluster, service: serviceName } = this.#deployment;
    const arns = await attempt('ecs:ListTasks', this.#clock, call, async (options) => {
      const found: string[] = [];
      let pages = 0;
      for await (const page of paginateListTasks({ client: this.#client }, { cluster, serviceName }, options)) {
        found.push(...(page.taskArns ?? []));
        if (++pages === pagesMax) throw new Error(`${serviceName} has more than ${pagesMax} pages of tasks`);
      }
      return found;
    });
    if (!arns.ok) return arns;
    const tasks: Task[] = [];
    for (let from = 0; from < arns.value.length; from += tasksPerRequest) {
      const command = new DescribeTasksCommand({ cluster, tasks: arns.value.slice(from, from + tasksPerRequest) });
      const answer = await attempt('ecs:DescribeTasks', this.#clock, call, (options) => this.#client.send(command, options));
      if (!answer.ok) return answer;
      tasks.push(...(answer.value.tasks ?? []));
    }
    return ok(tasks);
  }

  async taskDefinition(arn: string, call: Call): Promise<Result<{ definition: TaskDefinition; tags: Tag[] }>> {
    const command = new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] });
    const answer = await attempt('ecs:DescribeTaskDefinition', this.#clock, call, (options) => this.#client.send(command, options));
    // ECS says ClientException, which could be anything, of a task definition that it does not have.
    if (!answer.ok && answer.reason.includes('ClientException')) return failed('not-found', answer.reason);
    if (!answer.ok) return answer;
    if (!answer.value.taskDefinition) return failure('ecs:DescribeTaskDefinition', new Error(`no task definition ${arn}`), 'not-found');
    return ok({ definition: answer.value.taskDefinition, tags: answer.value.tags ?? [] });
  }
}

function missing(failures: readonly { reason?: string | undefined }[] | undefined): string {
  return failures?.map((entry) => entry.reason ?? 'unknown').join(', ') || 'there is none';
}
