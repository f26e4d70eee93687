import { isObject } from './field-checks.ts';
import type { Resource } from './machine.ts';
import { executionEnded, executionStarted } from './result-shapes.ts';
import type { Engine } from './state-machines.ts';
import type { Json, JsonObject, TaskReply } from './types.ts';

/**
 * Runs `states:startExecution`, alone or with `.sync` and `.sync:2`, against the machines of this region. The child is stopped when the
 * parent gives up the wait (timeout, stop, a failed sibling).
 */
export async function runNested(
  engine: Engine,
  resource: Resource,
  given: Json,
  signal: AbortSignal,
  submitted: (reply: Json) => void,
): Promise<TaskReply> {
  const request: JsonObject = isObject(given) ? given : {};
  const name = typeof request.Name === 'string' ? request.Name : undefined;
  const start = engine.start(String(request.StateMachineArn), name, request.Input ?? {});
  if (start.status === 'refused') return { ok: false, error: `StepFunctions.${start.error}Exception`, cause: start.reason };
  if (start.status === 'exists' && !start.accepted)
    return { ok: false, error: 'StepFunctions.ExecutionAlreadyExistsException', cause: start.reason };
  const reply = executionStarted(start.executionArn, start.startedAt, engine.ids.next('request'));
  if (resource.pattern !== 'job') return { ok: true, output: reply };
  submitted(reply);
  signal.addEventListener('abort', () => engine.stop(start.executionArn, 'States.TaskFailed', 'The parent execution no longer waits'), {
    once: true,
  });
  const { status } = await start.done;
  const run = engine.describe(start.executionArn);
  if (!run) throw new Error(`the execution ${start.executionArn} is gone`);
  if (status === 'SUCCEEDED') return { ok: true, output: executionEnded(run, resource.action.endsWith(':2') ? 2 : 1) };
  return { ok: false, error: 'States.TaskFailed', cause: JSON.stringify(executionEnded(run, 1)) };
}
