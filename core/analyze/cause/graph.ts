import { dependenciesOf } from '../../config/derive.ts';
import type { Config } from '../../config/schema.ts';

/** `from` needs `to`, in the same region. Services by the names that samples carry: checkout, aws-dynamodb. */
export interface Edge {
  from: string;
  to: string;
  hard: boolean;
}

/** How likely a failure passes along one edge: chosen. Without a hard dependency a service cannot serve, unless it caches. */
const passesHard = 0.85;
const passesSoft = 0.3;

const roundsMax = 50;

/**
 * What AWS services need of one another, as the post-event summaries of 2017 (S3), 2020 and 2024 (Kinesis), 2023 (Lambda) and 2025
 * (DynamoDB) tell it. Soft: in each of them a part went on.
 */
const awsEdges: Edge[] = Object.entries({
  'aws-dynamodb': ['aws-lambda', 'aws-ec2', 'aws-sts', 'aws-sqs', 'aws-kinesis'],
  'aws-s3': ['aws-ec2', 'aws-lambda'],
  'aws-kinesis': ['aws-lambda', 'aws-logs', 'aws-firehose', 'aws-ecs', 'aws-cognito'],
  'aws-lambda': ['aws-sts', 'aws-eventbridge'],
  'aws-ec2': ['aws-elb', 'aws-ecs', 'aws-rds'],
}).flatMap(([to, all]) => all.map((from) => ({ from, to, hard: false })));

export function edgesOf(config: Pick<Config, 'services'>): Edge[] {
  const own = config.services.flatMap((service) =>
    dependenciesOf(service).map((each) => ({ from: service.name, to: each.service, hard: each.hard })),
  );
  return [...own, ...awsEdges];
}

/**
 * How likely each service fails when those in `failed` have: a noisy-or over everything that it needs, round by round outwards. Cycles do
 * no harm, as probabilities only grow and are bounded; after as many rounds as there are edges nothing new can be reached.
 */
export function spread(edges: readonly Edge[], failed: Iterable<string>): Map<string, number> {
  const fixed = new Set(failed);
  let reached = new Map([...fixed].map((name) => [name, 1]));
  const byCaller = Map.groupBy(
    edges.filter((edge) => edge.from !== edge.to && !fixed.has(edge.from)),
    (edge) => edge.from,
  );
  for (let round = 0; round < Math.min(edges.length, roundsMax); round += 1) {
    const next = new Map(reached);
    for (const [caller, needs] of byCaller) {
      const holds = needs.reduce((product, { to, hard }) => product * (1 - (hard ? passesHard : passesSoft) * (reached.get(to) ?? 0)), 1);
      if (holds < 1) next.set(caller, 1 - holds);
    }
    const moved = [...next].some(([name, value]) => Math.abs(value - (reached.get(name) ?? 0)) > 1e-6);
    reached = next;
    if (!moved) break;
  }
  return reached;
}

/** Everything that the services need, directly or through others; themselves only when they are on a circle. */
export function needsOf(edges: readonly Edge[], services: readonly string[]): Set<string> {
  const found = new Set<string>();
  const waiting = [...services];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const edge of edges) {
      if (edge.from !== name || found.has(edge.to)) continue;
      found.add(edge.to);
      waiting.push(edge.to);
    }
  }
  return found;
}

/** The shortest way on which a failure of `from` gets to `to`, both ends included; empty when there is none. */
export function pathOf(edges: readonly Edge[], from: string, to: string): string[] {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const waiting = [from];
  for (const name of waiting) {
    if (name === to) break;
    for (const edge of edges) {
      if (edge.to !== name || cameFrom.has(edge.from)) continue;
      cameFrom.set(edge.from, name);
      waiting.push(edge.from);
    }
  }
  const path: string[] = [];
  for (let name: string | null | undefined = cameFrom.has(to) ? to : null; name != null; name = cameFrom.get(name)) path.unshift(name);
  return path;
}
