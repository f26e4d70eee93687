import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { parseMachine } from '../../../simulator/asl/parse-machine.ts';
import { lambdaInvoked } from '../../../simulator/asl/result-shapes.ts';
import { StateMachines } from '../../../simulator/asl/state-machines.ts';
import type { Json, TaskCall, TaskReply } from '../../../simulator/asl/types.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import type { Answer } from '../fault-proxy.ts';
import { mathRandom, randomIds } from '../harness/time.ts';

export interface InterpretedMachines {
  engine: StateMachines;
  stop(): void;
}

const Start = z.object({ stateMachineArn: z.string(), name: z.string(), input: z.string() });
const Succeeded = z.object({ taskToken: z.string(), output: z.string() });
const Invoke = z.object({ FunctionName: z.string(), Payload: z.json() });

/**
 * Our interpreter in the place of Step Functions in one region, reached at the proxy: it runs the machines as they were deployed
 * (placeholders filled with the functions' real ARNs), and every task invokes the deployed function over the wire.
 */
export async function interpretMachines(context: StageContext, region: string, names: readonly string[]): Promise<InterpretedMachines> {
  const settings = emulatorClient(context.emulator.endpoint, region);
  const lambda = new LambdaClient({ ...settings, requestHandler: { requestTimeout: 120_000 } });
  const sfn = new SFNClient(settings);
  const engine = new StateMachines({
    clock: context.clock,
    random: mathRandom,
    ids: randomIds,
    region,
    account: context.account,
    resolve: (call) => invoke(lambda, call),
  });
  for (const name of names) {
    const stateMachineArn = `arn:aws:states:${region}:${context.account}:stateMachine:${name}`;
    const { definition = '' } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    engine.register(name, parseMachine(JSON.parse(definition)));
  }
  const remove = context.proxy.intercept(async (call, forward) => {
    if (call.service !== 'states' || call.region !== region) return forward();
    const body: unknown = JSON.parse(call.body.toString());
    if (call.operation === 'StartExecution') return started(engine, Start.parse(body));
    if (call.operation === 'SendTaskSuccess') return answered(engine, Succeeded.parse(body));
    return forward();
  });
  const stop = () => {
    remove();
    engine.kill();
  };
  return { engine, stop };
}

async function invoke(client: LambdaClient, call: TaskCall): Promise<TaskReply> {
  const { FunctionName, Payload } = Invoke.parse(call.arguments);
  const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(Payload) });
  const reply = await client.send(command, { abortSignal: call.signal }).catch((error: unknown) => String(error));
  if (typeof reply === 'string') return { ok: false, error: 'Lambda.SdkClientException', cause: reply };
  const text = Buffer.from(reply.Payload ?? []).toString();
  if (reply.FunctionError !== undefined) return { ok: false, error: 'Lambda.Unknown', cause: text };
  const payload: Json = z.json().parse(JSON.parse(text || 'null'));
  return { ok: true, output: lambdaInvoked(payload) };
}

function started(engine: StateMachines, { stateMachineArn, name, input }: z.output<typeof Start>): Answer {
  const reply = engine.start(stateMachineArn, name, z.json().parse(JSON.parse(input)));
  if (reply.status === 'refused') return json(400, { __type: reply.error, message: reply.reason });
  if (reply.status === 'exists' && !reply.accepted) return json(400, { __type: 'ExecutionAlreadyExists', message: reply.reason });
  return json(200, { executionArn: reply.executionArn, startDate: reply.startedAt / 1000 });
}

/** A person's word, for the task that waits with this token. */
function answered(engine: StateMachines, { taskToken, output }: z.output<typeof Succeeded>): Answer {
  const reply = engine.sendTaskSuccess(taskToken, z.json().parse(JSON.parse(output)));
  return reply.ok ? json(200, {}) : json(400, { __type: reply.error, message: reply.reason });
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(body)) };
}
