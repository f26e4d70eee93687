import type { Template } from './expression.ts';
import type { JsonObject } from './types.ts';

/** A machine file, checked and with every expression parsed: shared by all executions and all regions. */
export interface Machine extends Flow {
  comment: string | undefined;
  timeoutSeconds: number | undefined;
  definition: JsonObject;
}

/** States that go on to one another: a machine, a branch of a Parallel, the processor of a Map. */
export interface Flow {
  startAt: string;
  states: ReadonlyMap<string, State>;
}

export type State = PassState | TaskState | ChoiceState | WaitState | SucceedState | FailState | ParallelState | MapState;

interface Base {
  name: string;
  /** Unique in the file: names of the states around it, with branch numbers or `*`, then its own. */
  path: string;
  output: Template | undefined;
  assign: Assignments | undefined;
}

export type Assignments = { kind: 'object'; entries: [string, Template][] };

interface Continuing {
  /** undefined: the state ends its flow. */
  next: string | undefined;
}

interface Recovering {
  retry: Retrier[];
  catch: Catcher[];
}

export interface Retrier {
  id: string;
  errorEquals: string[];
  intervalSeconds: number;
  maxAttempts: number;
  backoffRate: number;
  maxDelaySeconds: number | undefined;
  jitter: 'FULL' | 'NONE';
}

export interface Catcher {
  id: string;
  errorEquals: string[];
  next: string;
  output: Template | undefined;
  assign: Assignments | undefined;
}

interface PassState extends Base, Continuing {
  type: 'Pass';
}

export interface TaskState extends Base, Continuing, Recovering {
  type: 'Task';
  resource: Resource;
  arguments: Template | undefined;
  timeoutSeconds: Template | undefined;
  heartbeatSeconds: Template | undefined;
  credentials: Template | undefined;
}

export interface ChoiceState extends Base {
  type: 'Choice';
  choices: ChoiceRule[];
  otherwise: { id: string; next: string } | undefined;
}

export interface ChoiceRule {
  id: string;
  condition: Template;
  next: string;
  output: Template | undefined;
  assign: Assignments | undefined;
}

export interface WaitState extends Base, Continuing {
  type: 'Wait';
  seconds: Template | undefined;
  timestamp: Template | undefined;
}

interface SucceedState extends Base {
  type: 'Succeed';
}

export interface FailState extends Base {
  type: 'Fail';
  error: Template | undefined;
  cause: Template | undefined;
}

export interface ParallelState extends Base, Continuing, Recovering {
  type: 'Parallel';
  arguments: Template | undefined;
  branches: Flow[];
}

export interface MapState extends Base, Continuing, Recovering {
  type: 'Map';
  items: Template | undefined;
  itemSelector: Template | undefined;
  maxConcurrency: Template | undefined;
  toleratedFailureCount: Template | undefined;
  toleratedFailurePercentage: Template | undefined;
  processor: Flow;
}

/** A Resource, taken apart as the history shows it. */
export interface Resource {
  arn: string;
  /** A function's own ARN: its events are LambdaFunction…, not Task…. */
  kind: 'function' | 'integration';
  /** `lambda`, `states`, `aws-sdk:s3`; empty for a function. */
  service: string;
  /** `invoke.waitForTaskToken`, `startExecution.sync:2`. */
  action: string;
  pattern: 'response' | 'callback' | 'job';
}

/** @param arn `arn:aws:states:::lambda:invoke`, `arn:aws:states:::aws-sdk:s3:getObject`, `arn:aws:lambda:…:function:name`, … */
export function parseResource(arn: string): Resource {
  const parts = arn.split(':');
  if (parts[2] !== 'states' || parts[3] !== '' || parts[4] !== '') {
    return { arn, kind: parts[2] === 'lambda' ? 'function' : 'integration', service: parts[2] ?? '', action: arn, pattern: 'response' };
  }
  const sdk = parts[5] === 'aws-sdk';
  const service = sdk ? `aws-sdk:${parts[6]}` : (parts[5] ?? '');
  const action = parts.slice(sdk ? 7 : 6).join(':');
  const pattern = action.endsWith('.waitForTaskToken') ? 'callback' : /\.sync(:\d+)?$/.test(action) ? 'job' : 'response';
  return { arn, kind: 'integration', service, action, pattern };
}
