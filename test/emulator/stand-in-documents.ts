import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Interceptor } from './fault-proxy.ts';
import { json } from './stand-ins.ts';

const Asked = z.object({
  Name: z.string().optional(),
  DocumentName: z.string().optional(),
  DocumentVersion: z.string().optional(),
  CommandId: z.string().optional(),
});

const refusal = (name: string) => json({ __type: name, message: 'there is none' }, 400);

/** SSM documents of version 1 by name with the exit status they end in after `runMs`: MiniStack has no documents. */
export function standInDocuments(
  exitStatuses: Readonly<Record<string, number>>,
  runMs: number,
): { intercept: Interceptor; started(): number } {
  const runs = new Map<string, { exit: number; endsAt: number }>();
  const intercept: Interceptor = async (call, forward) => {
    if (call.service !== 'ssm') return forward();
    const asked = Asked.parse(JSON.parse(call.body.toString()));
    const exit = exitStatuses[asked.Name ?? asked.DocumentName ?? ''];
    switch (call.operation) {
      case 'DescribeDocument':
        if (exit === undefined) return refusal('InvalidDocument');
        if (asked.DocumentVersion !== '1') return refusal('InvalidDocumentVersion');
        return json({ Document: { Name: asked.Name, Status: 'Active', DocumentType: 'Command' } });
      case 'SendCommand': {
        const CommandId = randomUUID();
        runs.set(CommandId, { exit: exit ?? 0, endsAt: Date.now() + runMs });
        return json({ Command: { CommandId } });
      }
      case 'ListCommandInvocations': {
        const run = runs.get(asked.CommandId ?? '');
        return json({ CommandInvocations: run ? [invocation(run)] : [] });
      }
      case 'GetAutomationExecution':
        return refusal('AutomationExecutionNotFoundException');
      default:
        return forward();
    }
  };
  return { intercept, started: () => runs.size };
}

function invocation(run: { exit: number; endsAt: number }) {
  if (Date.now() < run.endsAt) return { InstanceId: 'i-1', Status: 'InProgress', CommandPlugins: [] };
  return { InstanceId: 'i-1', Status: run.exit === 0 ? 'Success' : 'Failed', CommandPlugins: [{ ResponseCode: run.exit }] };
}
