import type { ExecutionDescription, Json } from './types.ts';

/** What the metadata of a reply looks like; only its shape matters to a machine. */
const metadata = (requestId: string): { SdkHttpMetadata: Json; SdkResponseMetadata: Json } => ({
  SdkHttpMetadata: { HttpStatusCode: 200 },
  SdkResponseMetadata: { RequestId: requestId },
});

/** The output of `arn:aws:states:::lambda:invoke` for what the function returned. */
export function lambdaInvoked(payload: Json, { version = '$LATEST', requestId = 'request' } = {}): Json {
  return { ExecutedVersion: version, Payload: payload, StatusCode: 200, ...metadata(requestId) };
}

/** The reply of StartExecution: the output of `states:startExecution`, and what TaskSubmitted shows for `.sync`. */
export function executionStarted(executionArn: string, startedAt: number, requestId: string): Json {
  return { ExecutionArn: executionArn, StartDate: startedAt, ...metadata(requestId) };
}

/** The result of `.sync` (input and output as JSON texts) and `.sync:2` (as values). */
export function executionEnded(run: ExecutionDescription, version: 1 | 2): Json {
  const value = (json: Json) => (version === 2 ? json : JSON.stringify(json));
  return {
    ExecutionArn: run.executionArn,
    Input: value(run.input),
    InputDetails: { Included: true },
    Name: run.name,
    ...(run.output === undefined ? {} : { Output: value(run.output), OutputDetails: { Included: true } }),
    ...(run.error === undefined ? {} : { Error: run.error }),
    ...(run.cause === undefined ? {} : { Cause: run.cause }),
    StartDate: run.startedAt,
    StateMachineArn: run.stateMachineArn,
    Status: run.status,
    StopDate: run.stoppedAt ?? null,
  };
}
