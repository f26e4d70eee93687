import type { Config } from '../../core/config/schema.ts';
import { Target, Vote } from '../../core/model/index.ts';
import type { Clock, FaultAnswer, FaultPoint } from '../../core/ports/index.ts';
import type { FaultOf } from '../world/fault.ts';
import type { SeededRandom } from '../world/random.ts';
import type { Weather } from '../world/weather.ts';

/** One call of a port, as checkers see it: who called, and which AWS service where would have been called. */
export interface PortCall {
  at: number;
  from: string;
  port: string;
  method: string;
  /** AWS service and region; null when the call leaves nothing but the process. */
  api: { service: string; region: string } | null;
  args: readonly unknown[];
  answer: FaultAnswer['kind'];
}

/** Route 53's control plane lives in one region, whatever region asks. */
const route53Home = 'us-east-1';

interface Parts {
  config: Config;
  weather: Weather;
  clock: Clock;
  random: SeededRandom;
  onCall: (call: PortCall) => void;
  /** Whether a call is ever answered with a lie. */
  lies: boolean;
}

const pass: FaultAnswer = Object.freeze({ kind: 'pass' });

/** Turns the faults that stand into what becomes of single calls. */
export class FaultRouter {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get lies(): boolean {
    return this.#parts.lies;
  }

  /** @param peer for the port `peerStores`: whose table it is. */
  pointFor(from: string, peer?: string): FaultPoint {
    return ({ port, method, args }) => {
      const api = this.#apiOf(from, port, method, args, peer);
      const answer = this.#answer(from, port, method, api);
      this.#parts.onCall({ at: this.#parts.clock.now(), from, port, method, api, args, answer: answer.kind });
      return answer;
    };
  }

  #answer(from: string, port: string, method: string, api: PortCall['api']): FaultAnswer {
    const { weather } = this.#parts;
    if (weather.standing.size === 0) return pass;
    // Messages that are cut off are lost by the network itself, one way or the other.
    if (api !== null && port !== 'bus' && weather.severed(from, api.region)) return { kind: 'hang' };
    if (port === 'traffic' && method === 'observe' && weather.unreachable(from)) return { kind: 'hang' };
    const struck = this.#struckByCall(from, port, method);
    if (struck !== null) return struck;
    return api === null ? pass : this.#struckByApi(api);
  }

  #struckByCall(from: string, port: string, method: string): FaultAnswer | null {
    for (const fault of this.#parts.weather.of('call')) {
      const { where } = fault;
      if (where.port !== port || (where.method ?? method) !== method || (where.region ?? from) !== from) continue;
      if (this.#happens(fault.with.share)) return answerOf(fault);
    }
    return null;
  }

  #struckByApi({ service, region }: { service: string; region: string }): FaultAnswer {
    const trouble = this.#parts.weather.aws(service, region);
    if (this.#happens(trouble.downShare)) return { kind: 'refuse', reason: `${service} in ${region} does not answer` };
    if (this.#happens(trouble.throttleShare)) return { kind: 'throttle', reason: `${service} in ${region} throttles` };
    if (this.#happens(trouble.lieShare)) return { kind: 'lie' };
    if (trouble.late !== null && this.#happens(trouble.late.share)) return { kind: 'late', ms: Math.round(trouble.late.seconds * 1000) };
    return pass;
  }

  /** A draw only when chance decides, so that calls without faults leave the random numbers alone. */
  #happens(share: number): boolean {
    return share > 0 && (share >= 1 || this.#parts.random.next() < share);
  }

  #apiOf(from: string, port: string, method: string, args: readonly unknown[], peer: string | undefined): PortCall['api'] {
    switch (port) {
      case 'store':
      case 'approver':
        return { service: 'dynamodb', region: from };
      case 'peerStores':
        return { service: 'dynamodb', region: peer ?? from };
      case 'bus':
        return { service: 'events', region: method === 'send' && typeof args[0] === 'string' ? args[0] : from };
      case 'machines':
        return { service: 'states', region: from };
      case 'metricSink':
      case 'metricSource':
        return { service: 'cloudwatch', region: from };
      case 'notifier':
      case 'courier':
        return { service: 'sns', region: from };
      case 'data':
        return { service: 'rds', region: this.#isPromotion(method, args) ? String(args[1]) : from };
      case 'secrets':
        return { service: 'ssm', region: from };
      case 'flags':
        return { service: 'ssm', region: Target.parse(args[0]).region };
      case 'scripts':
        return { service: 'ssm', region: method === 'run' ? Target.parse(args[0]).region : from };
      case 'capacity':
      case 'releases':
        return this.#deploymentApi(args[0]);
      case 'traffic':
        return this.#trafficApi(from, method, args);
      default:
        return null;
    }
  }

  /** A read replica is promoted where it is; a global cluster is told from the own region where to write. */
  #isPromotion(method: string, [database]: readonly unknown[]): boolean {
    const deployments = this.#parts.config.services.flatMap((service) => Object.values(service.deployments));
    return method === 'failover' && deployments.some((each) => each.database?.id === database && each.database?.kind === 'rds');
  }

  #deploymentApi(of: unknown): PortCall['api'] {
    const target = Target.parse(of);
    const kind = this.#parts.config.services.find((service) => service.name === target.service)?.deployments[target.region]?.kind;
    return { service: kind === 'asg' ? 'autoscaling' : (kind ?? 'ecs'), region: target.region };
  }

  #trafficApi(from: string, method: string, args: readonly unknown[]): PortCall['api'] {
    if (method === 'setWeights' || method === 'shares') return { service: 'route53', region: route53Home };
    if (method === 'setOrigins' || method === 'origins') return { service: 'cloudfront', region: route53Home };
    if (method !== 'castVote') return null;
    const { group } = Vote.parse(args[0]);
    const carrier = this.#parts.config.trafficGroups.find((each) => each.name === group)?.carrier;
    return { service: carrier === 'object' ? 's3' : 'cloudwatch', region: from };
  }
}

function answerOf({ with: how }: FaultOf<'call'>): FaultAnswer {
  switch (how.answer) {
    case 'refuse':
    case 'throttle':
      return { kind: how.answer, reason: 'a fault of the scenario' };
    case 'late':
      return { kind: 'late', ms: Math.round(how.seconds * 1000) };
    case 'hang':
    case 'lie':
    case 'duplicate':
      return { kind: how.answer };
  }
}
