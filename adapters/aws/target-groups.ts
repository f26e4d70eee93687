import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Look } from '../../core/ports/index.ts';
import { attempt, inOrder } from './attempt.ts';
import { fail, notYet, pass } from './looks.ts';

/** How each unit is known to a target group: an instance id, or a task's address with its port. */
export type TargetsOfUnits = ReadonlyMap<string, TargetDescription>;

/** What a load balancer says of one of its targets. */
export type TargetState = 'healthy' | 'unhealthy' | 'initial' | 'out';

/** The target groups of one deployment: which targets take traffic, and taking them out or back. */
export class TargetGroups {
  readonly #client: ElasticLoadBalancingV2Client;
  readonly #arns: readonly string[];
  readonly #clock: Clock;

  constructor(client: ElasticLoadBalancingV2Client, arns: readonly string[], clock: Clock) {
    this.#client = client;
    this.#arns = arns;
    this.#clock = clock;
  }

  /** The worst state over all groups by target id; a target that no group lists is `out`. Empty when the deployment has no groups. */
  async states(call: Call): Promise<Result<Map<string, TargetState>>> {
    const states = new Map<string, TargetState>();
    for (const TargetGroupArn of this.#arns) {
      const command = new DescribeTargetHealthCommand({ TargetGroupArn });
      const answer = await attempt('elasticloadbalancing:DescribeTargetHealth', this.#clock, call, (options) =>
        this.#client.send(command, options),
      );
      if (!answer.ok) return answer;
      for (const { Target, TargetHealth } of answer.value.TargetHealthDescriptions ?? []) {
        if (Target?.Id !== undefined) states.set(Target.Id, worse(states.get(Target.Id), stateOf(TargetHealth?.State)));
      }
    }
    return ok(states);
  }

  get exist(): boolean {
    return this.#arns.length > 0;
  }

  deregister(targets: TargetDescription[], call: Call): Promise<Result<void>> {
    return this.#each(targets, (TargetGroupArn) =>
      attempt('elasticloadbalancing:DeregisterTargets', this.#clock, call, (options) =>
        this.#client.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: targets }), options),
      ),
    );
  }

  register(targets: TargetDescription[], call: Call): Promise<Result<void>> {
    return this.#each(targets, (TargetGroupArn) =>
      attempt('elasticloadbalancing:RegisterTargets', this.#clock, call, (options) =>
        this.#client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: targets }), options),
      ),
    );
  }

  #each(targets: TargetDescription[], act: (arn: string) => Promise<Result<unknown>>): Promise<Result<void>> {
    if (targets.length === 0) return inOrder();
    return inOrder(...this.#arns.map((arn) => () => act(arn)));
  }
}

/** A draining target still finishes what it has but gets nothing new: that is out. */
function stateOf(state: string | undefined): TargetState {
  switch (state) {
    case 'healthy':
      return 'healthy';
    case 'initial':
      return 'initial';
    case 'draining':
    case 'unused':
      return 'out';
    default:
      return 'unhealthy';
  }
}

const order: readonly TargetState[] = ['out', 'unhealthy', 'initial', 'healthy'];

function worse(a: TargetState | undefined, b: TargetState): TargetState {
  return a === undefined || order.indexOf(b) < order.indexOf(a) ? b : a;
}

/** Ejected: no group sends any of the units new traffic. */
export function lookEjected(units: readonly string[], targets: TargetsOfUnits, states: Map<string, TargetState>): Result<Look> {
  const still = units.filter((unit) => (states.get(targets.get(unit)?.Id ?? '') ?? 'out') !== 'out');
  return still.length === 0 ? pass(`${units.length} units are out`) : fail(`${still.join(', ')} still take traffic`);
}

/** Readmitted: every unit is healthy in every group. A unit that has gone meanwhile cannot come back. */
export function lookReadmitted(units: readonly string[], targets: TargetsOfUnits, states: Map<string, TargetState>): Result<Look> {
  const gone = units.filter((unit) => !targets.has(unit));
  if (gone.length > 0) return fail(`${gone.join(', ')} no longer exist`);
  const out = units.filter((unit) => (states.get(targets.get(unit)?.Id ?? '') ?? 'out') === 'out');
  if (out.length > 0) return fail(`${out.join(', ')} are still out`);
  const ill = units.filter((unit) => states.get(targets.get(unit)?.Id ?? '') !== 'healthy');
  return ill.length === 0 ? pass(`${units.length} units are healthy again`) : notYet(`${ill.join(', ')} are not healthy yet`);
}
