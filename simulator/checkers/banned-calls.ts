import * as z from 'zod';
import { isRunning, Run, Switch, targetKey } from '../../core/model/index.ts';
import type { PortCall } from '../host/fault-router.ts';
import type { Checker, Truth } from './checker.ts';

/** Through these ports an action reaches its targets and its journal. */
const actingPorts: ReadonlySet<string> = new Set(['capacity', 'releases', 'data', 'scripts', 'flags', 'peerStores', 'traffic']);

/** Votes are no records, and reading records changes none. */
const reading: ReadonlySet<string> = new Set(['castVote', 'shares', 'origins']);

/** Actions whose own role may change records; the failover path may not (DESIGN §2). */
const mayChangeRecords: ReadonlySet<Run['action']> = new Set(['shift', 'failback']);

/**
 * No act-path call to a banned API: records stay as they are in a failover, and nothing is called in the region that is impaired. What was
 * planned while a region was drained, and goes on after its proven return, may call it again.
 */
export function bannedCalls({ shared }: Truth): Checker {
  const violations: Checker['violations'] = [];
  /** When a failback of a region was last on record as verified. */
  const returnedAt = new Map<string, number>();
  const runningIn = (region: string): Run[] => {
    const { items } = shared.stores.get(region) ?? { items: new Map() };
    return [...items.values()]
      .flatMap(({ key, body }) => (key.startsWith('run#') ? [Run.parse(body)] : []))
      .filter((run) => isRunning(run) && run.holder === region);
  };
  return {
    name: 'banned-calls',
    violations,
    onEntry({ kind, at, subject, data }) {
      if (kind !== 'OutcomeRecorded' || data.state !== 'verified') return;
      const [, region = ''] = subject.split('/');
      if (data.action === 'failback') returnedAt.set(region, at);
      else if (data.action === 'failover') returnedAt.delete(region);
    },
    onCall(call: PortCall) {
      if (call.api === null || !actingPorts.has(call.port) || reading.has(call.method)) return;
      if (call.api.region === call.from && call.port !== 'traffic') return;
      const runs = runningIn(call.from);
      if (call.port === 'traffic') {
        if (runs.length > 0 && !runs.some((run) => mayChangeRecords.has(run.action)))
          violations.push({
            at: call.at,
            reason: `${call.from} calls ${call.api.service} (${call.method}) while it runs ${runs.map((run) => run.planId).join(', ')}`,
          });
        return;
      }
      const into = call.api.region;
      const banned = runs.filter((run) => run.avoid.includes(into) && (returnedAt.get(into) ?? 0) <= run.startedAt);
      const free = runs.filter((run) => !banned.includes(run));
      // A call to a table says whose it is: copies of other incidents go where they always go. One to a platform does not.
      const isTheirs = call.port === 'peerStores' ? (run: Run) => speaksOf(call, run) : () => true;
      const [culprit] = banned.filter(isTheirs);
      if (culprit === undefined || free.some(isTheirs)) return;
      violations.push({
        at: call.at,
        reason: `${call.from} calls ${call.api.service} in ${into} (${call.port}.${call.method}), which ${culprit.planId} must not need`,
      });
    },
  };
}

/** Whether a call to a table is about this run: its key holds the plan, the incident or the target. A claim says whose it is. */
function speaksOf({ method, args }: PortCall, run: Run): boolean {
  const [first, , , holder] = args;
  if (method === 'claim') return typeof holder === 'string' && holder.startsWith(`${run.planId}@`);
  const item = Item.safeParse(first);
  const key = item.success ? item.data.key : first;
  if (typeof key !== 'string' || isPersonsWord(key, item.data?.body)) return false;
  return [run.planId, run.incidentId, targetKey(run.target)].some((part) => key.includes(part));
}

const Item = z.looseObject({ key: z.string(), body: z.unknown() });

/** A person's word (kill, pause, freeze) is read and written in every region, whatever runs; what evenkeel freezes itself is not. */
function isPersonsWord(key: string, body: unknown): boolean {
  const word = Switch.safeParse(body);
  return key.startsWith('switch#') && !(word.success && word.data.by.startsWith('evenkeel '));
}
