import { assertNever } from '../../core/model/index.ts';
import type { Clock } from '../../core/ports/index.ts';
import { type DeployState, foretell, type Goal, planDeployment, type StackKind, type Step } from './plan.ts';

/** What the driver reaches: AWS to read the state, the CDK's command line to change stacks, Route 53 to change records. */
export interface DeployPorts {
  clock: Clock;
  read(): Promise<DeployState>;
  bootstrap(region: string): Promise<void>;
  deploy(stack: StackKind, region: string | undefined): Promise<void>;
  destroy(stack: StackKind, region: string | undefined): Promise<void>;
  attach(group: string): Promise<void>;
  detach(group: string): Promise<void>;
  /** One line of progress. */
  tell(line: string): void;
}

export type Ending = { kind: 'done'; notes: string[] } | { kind: 'refused' | 'stopped' | 'stuck'; reason: string };

const pollMs = 10_000;
const stepsMax = 200;
/** A region that does not watch, hear or turn healthy in this time needs a person. CloudFormation may take longer for a stack. */
const patienceMs = { settled: 3_600_000, watching: 900_000, heartbeats: 900_000, healthy: 1_800_000 } as const;

/** Takes one step after the other, each on a state that was just read. Throws what a step throws; the next run goes on from there. */
export async function drive(ports: DeployPorts, goal: Goal, signal: AbortSignal): Promise<Ending> {
  const startedAt = ports.clock.now();
  const tell = (text: string) => ports.tell(`${elapsed(ports.clock.now() - startedAt)}  ${text}`);
  for (let steps = 0; steps < stepsMax; steps += 1) {
    if (signal.aborted) return { kind: 'stopped', reason: 'stopped between two steps; run it again to go on' };
    const step = planDeployment(await ports.read(), goal);
    if (step.kind === 'done') return step;
    if (step.kind === 'refused') return step;
    tell(sentence(step));
    if (step.kind !== 'wait') {
      await take(ports, step);
      continue;
    }
    const stuck = await waitFor(ports, goal, step, signal);
    if (stuck !== null) return { kind: 'stuck', reason: stuck };
  }
  return { kind: 'stuck', reason: `${stepsMax} steps did not lead anywhere` };
}

async function take(ports: DeployPorts, step: Exclude<Step, { kind: 'wait' | 'done' | 'refused' }>): Promise<void> {
  switch (step.kind) {
    case 'bootstrap':
      return ports.bootstrap(step.region);
    case 'deploy':
      return ports.deploy(step.stack, step.region);
    case 'destroy':
      return ports.destroy(step.stack, step.region);
    case 'attach':
      return ports.attach(step.group);
    case 'detach':
      return ports.detach(step.group);
    default:
      return assertNever(step);
  }
}

/** Looks again until something else is next; null then, or the reason why it never was. */
async function waitFor(
  ports: DeployPorts,
  goal: Goal,
  first: Extract<Step, { kind: 'wait' }>,
  signal: AbortSignal,
): Promise<string | null> {
  const givenUpAt = ports.clock.now() + patienceMs[first.until];
  let { reason } = first;
  while (ports.clock.now() < givenUpAt) {
    await ports.clock.sleep(pollMs, signal);
    if (signal.aborted) return null;
    const next = planDeployment(await ports.read(), goal);
    if (next.kind !== 'wait' || next.until !== first.until) return null;
    reason = next.reason;
  }
  return `${reason}, after ${elapsed(patienceMs[first.until])}`;
}

/** The steps from a state to the end, as they would be if each went well. */
export function foreseenSteps(state: DeployState, goal: Goal): Step[] {
  const steps: Step[] = [];
  for (let now = state; steps.length < stepsMax; ) {
    const step = planDeployment(now, goal);
    steps.push(step);
    if (step.kind === 'done' || step.kind === 'refused') break;
    now = foretell(now, step);
  }
  return steps;
}

/** What a step does, for a person. */
export function sentence(step: Step): string {
  switch (step.kind) {
    case 'bootstrap':
      return `bootstrap ${step.region}`;
    case 'deploy':
      return `deploy ${stackText(step)}`;
    case 'destroy':
      return `destroy ${stackText(step)}`;
    case 'wait':
      return `wait: ${step.reason}`;
    case 'attach':
      return `attach the records of ${step.group} to their checks`;
    case 'detach':
      return `detach the records of ${step.group} from their checks`;
    case 'refused':
      return `refused: ${step.reason}`;
    case 'done':
      return ['done', ...step.notes].join('; ');
    default:
      return assertNever(step);
  }
}

function stackText({ stack, region }: { stack: StackKind; region?: string }): string {
  if (stack === 'checks') return 'the health checks';
  return stack === 'data' ? `the table of ${region}` : (region ?? 'the region');
}

function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, '0')}`;
}
