import assert from 'node:assert/strict';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AwsMetricSink } from '../../../adapters/aws/metric-sink.ts';
import { AwsStore } from '../../../adapters/aws/store.ts';
import { type Message, messageVersion } from '../../../core/model/index.ts';
import { assertFailed, assertOk } from '../../adapters/contract/contract-case.ts';
import { emulatorClient } from '../client-settings.ts';
import type { Stage, StageContext } from '../context.ts';
import type { Answer, Interceptor, SeenCall } from '../fault-proxy.ts';
import { capacityHarness } from '../harness/capacity.ts';
import { freshBuses } from '../harness/inboxes.ts';
import { freshStore } from '../harness/tables.ts';
import { mathRandom, systemClock } from '../harness/time.ts';
import { json } from '../stand-ins.ts';

/** One fault in front of the emulator and the outcome it must end in. */
interface FaultCase {
  name: string;
  run(context: StageContext): Promise<void>;
}

const soon = () => ({ deadlineAt: Date.now() + 20_000 });
const hourMs = 3_600_000;

const cases: FaultCase[] = [
  {
    name: 'throttling that ends: the SDK retries with jitter and the write happens once',
    async run(context) {
      const store = await freshStore(context);
      const tries = await during(context, 'PutItem', first(2, awsError('ThrottlingException')), async () => {
        assertOk(await store.put({ key: 'plan#1', body: 1 }, 0, soon()));
      });
      assert.equal(tries, 3);
      assert.equal(assertOk(await store.get('plan#1', soon()))?.version, 1);
    },
  },
  {
    name: 'throttling that stays: throttled, retryable, after three tries',
    async run(context) {
      const store = await freshStore(context);
      const tries = await during(context, 'GetItem', always(awsError('ProvisionedThroughputExceededException')), async () => {
        assertFailed(await store.get('plan#1', soon()), 'throttled');
      });
      assert.equal(tries, 3);
    },
  },
  {
    name: 'AccessDenied: refused at once, one try, nothing written',
    async run(context) {
      const store = await freshStore(context);
      const tries = await during(context, 'PutItem', always(awsError('AccessDeniedException')), async () => {
        assertFailed(await store.put({ key: 'plan#1', body: 1 }, 0, soon()), 'refused');
      });
      assert.equal(tries, 1);
      assert.equal(assertOk(await store.get('plan#1', soon())), null);
    },
  },
  {
    name: 'stale reads, the old value three times: no look passes on them, the fourth does',
    async run(context) {
      const h = await capacityHarness(context);
      const target = await h.unitService({ desired: 2, min: 1, max: 6 });
      const change = { kind: 'count', desired: 3 } as const;
      const old: Answer[] = [];
      const record: Interceptor = async (_call, forward) => {
        const answer = await forward();
        old.push(answer);
        return answer;
      };
      await during(context, 'DescribeServices', record, async () => void assertOk(await h.capacity.snapshot(target, soon())));
      const fence = { epoch: 1, leaseUntil: Date.now() + 60_000 };
      assertOk(await h.capacity.apply(target, change, fence, soon()));
      const verdicts: string[] = [];
      const reads = { left: 0 };
      const stale: Interceptor = async (_call, forward) => {
        const answer = old[0];
        return reads.left-- > 0 && answer ? answer : forward();
      };
      await during(context, 'DescribeServices', stale, async () => {
        for (let look = 0; look < 4; look++) {
          // A look reads the service up to twice; a stale one sees the old value each time.
          reads.left = look < 3 ? 2 : 0;
          verdicts.push(assertOk(await h.capacity.verify(target, change, soon())).verdict);
        }
      });
      assert.deepEqual(verdicts, ['fail', 'fail', 'fail', 'pass']);
    },
  },
  {
    name: 'a stale item under a write: conflict, and the newer item stays',
    async run(context) {
      const store = await freshStore(context);
      assertOk(await store.put({ key: 'plan#1', body: 'old' }, 0, soon()));
      const stale = assertOk(await store.get('plan#1', soon()));
      assertOk(await store.put({ key: 'plan#1', body: 'new' }, 1, soon()));
      for (let n = 0; n < 3; n++) assertFailed(await store.put({ key: 'plan#1', body: 'mine' }, stale?.version ?? 0, soon()), 'conflict');
      assert.equal(assertOk(await store.get('plan#1', soon()))?.body, 'new');
    },
  },
  {
    name: 'a partial batch failure of PutEvents that ends: sent again, arrives',
    async run(context) {
      const { bus, received } = await freshBuses(context);
      const tries = await during(context, 'PutEvents', first(1, entryFailure('ThrottlingException')), async () => {
        assertOk(await bus.publish(withdrawal, soon()));
      });
      assert.equal(tries, 2);
      assert.deepEqual(await received(context.regions[0]), [withdrawal]);
    },
  },
  {
    name: 'a partial batch failure of PutEvents that stays: a failure although the status is 200',
    async run(context) {
      const { bus } = await freshBuses(context);
      await during(context, 'PutEvents', always(entryFailure('InternalFailure')), async () => {
        assertFailed(await bus.publish(withdrawal, soon()), 'unavailable');
      });
    },
  },
  {
    name: 'a partial batch failure of BatchGetItem: throttled, never taken for an unknown entry',
    async run(context) {
      const store = await freshStore(context);
      const partial: Interceptor = async (call) => json({ Responses: {}, UnprocessedKeys: JSON.parse(call.body.toString()).RequestItems });
      await during(context, 'BatchGetItem', partial, async () => {
        assertFailed(await store.append('incident#1#t', { id: 'a', body: 1 }, soon()), 'throttled');
      });
      assert.deepEqual(assertOk(await store.query('incident#1#t#', 10, soon())), []);
    },
  },
  {
    name: 'expired credentials: refused, one try, and the reason names them',
    async run(context) {
      const store = await freshStore(context);
      const tries = await during(context, 'GetItem', always(awsError('ExpiredTokenException')), async () => {
        const result = await store.get('plan#1', soon());
        assertFailed(result, 'refused');
        assert.ok(!result.ok && result.reason.includes('ExpiredTokenException'), JSON.stringify(result));
      });
      assert.equal(tries, 1);
    },
  },
  {
    name: 'a clock one hour off: the SDK learns the difference from the answer and the call succeeds',
    async run(context) {
      const store = await freshStore(context);
      const tries = await during(context, 'PutItem', clockAhead(hourMs), async () => {
        assertOk(await store.put({ key: 'plan#1', body: 1 }, 0, soon()));
      });
      assert.equal(tries, 2);
    },
  },
  {
    name: 'a clock that cannot be corrected: refused, and the reason names the skew',
    async run(context) {
      const store = await freshStore(context);
      await during(context, 'GetItem', always(awsError('RequestTimeTooSkewed', 403)), async () => {
        const result = await store.get('plan#1', soon());
        assertFailed(result, 'refused');
        assert.ok(!result.ok && result.reason.includes('RequestTimeTooSkewed'));
      });
    },
  },
  {
    name: 'no answer at all: timeout at the deadline',
    async run(context) {
      const store = await freshStore(context);
      await during(
        context,
        'GetItem',
        async () => 'hang',
        async () => {
          const from = Date.now();
          assertFailed(await store.get('plan#1', { deadlineAt: from + 300 }), 'timeout');
          assert.ok(Date.now() - from < 3_000, `it took ${Date.now() - from} ms`);
        },
      );
    },
  },
  {
    name: 'an answer that is lost after the write: the retry recognises its own item',
    async run(context) {
      const store = await freshStore(context);
      const lost = { left: 1 };
      const cut: Interceptor = async (_call, forward) => {
        const answer = await forward();
        return lost.left-- > 0 ? 'cut' : answer;
      };
      await during(context, 'PutItem', cut, async () => void assertOk(await store.put({ key: 'plan#1', body: 1 }, 0, soon())));
      assertFailed(await store.put({ key: 'plan#1', body: 1 }, 0, soon()), 'conflict');
      assert.equal(assertOk(await store.get('plan#1', soon()))?.version, 1);
    },
  },
  {
    name: 'an error without a name: the HTTP status decides',
    async run(context) {
      const store = await freshStore(context);
      const nameless =
        (status: number): Interceptor =>
        async () => ({ status, headers: {}, body: Buffer.from('{}') });
      for (const [status, code] of [
        [403, 'refused'],
        [404, 'not-found'],
        [429, 'throttled'],
        [503, 'unavailable'],
      ] as const)
        await during(context, 'GetItem', nameless(status), async () => void assertFailed(await store.get('plan#1', soon()), code));
    },
  },
  {
    name: 'a region whose port is closed: unavailable',
    async run(context) {
      const client = new DynamoDBClient(emulatorClient('http://127.0.0.1:1', context.regions[1]));
      const store = new AwsStore({ client, tableName: 'any', clock: systemClock, random: mathRandom });
      assertFailed(await store.get('plan#1', soon()), 'unavailable');
    },
  },
  {
    name: 'a second batch of metrics that is refused: a failure that says how much was published',
    async run(context) {
      const client = new CloudWatchClient(emulatorClient(context.proxy.endpoint, context.regions[0]));
      const sink = new AwsMetricSink({ client, namespace: 'Evenkeel/Batches', clock: systemClock, folded: [] });
      const data = Array.from({ length: 1_500 }, (_, n) => ({
        name: `m${n}`,
        dimensions: {},
        at: Date.now(),
        value: n,
        unit: 'None' as const,
      }));
      const served = { calls: 0 };
      const second: Interceptor = async (_call, forward) =>
        served.calls++ === 0 ? forward() : { status: 403, headers: {}, body: Buffer.alloc(0) };
      await during(context, 'PutMetricData', second, async () => {
        const result = await sink.publish(data, soon());
        assertFailed(result, 'refused');
        assert.ok(!result.ok && result.reason.includes('1000 of 1500 data were published'), JSON.stringify(result));
      });
    },
  },
];

/** Faults injected in front of the emulator; each ends in a defined outcome. */
export const faults: Stage = {
  name: 'faults',
  async run(context) {
    const failures: string[] = [];
    for (const { name, run } of cases) {
      await run(context).catch((error: unknown) =>
        failures.push(`${name}\n      ${error instanceof Error ? error.message : String(error)}`),
      );
    }
    if (failures.length > 0)
      throw new Error(`${failures.length} of ${cases.length} faults ended otherwise\n  - ${failures.join('\n  - ')}`);
    return [...cases.map((one) => one.name), `faults with a defined outcome: ${cases.length}`];
  },
};

const withdrawal: Message = {
  v: messageVersion,
  type: 'DrainWithdrawn',
  from: 'us-east-1',
  sentAt: 1,
  id: 'm-1',
  body: { incident: 'i-1', group: 'checkout', subject: 'eu-west-1', epoch: 1, requester: 'us-east-1', reason: 'undo' },
};

/** Runs with the fault on one operation; answers how often the operation was called. */
async function during(context: StageContext, operation: string, fault: Interceptor, run: () => Promise<void>): Promise<number> {
  let calls = 0;
  const remove = context.proxy.intercept(async (call, forward) => {
    if (call.operation !== operation) return forward();
    calls++;
    return fault(call, forward);
  });
  await run().finally(remove);
  return calls;
}

function always(answer: Answer): Interceptor {
  return async () => answer;
}

function first(times: number, answer: Answer): Interceptor {
  const state = { left: times };
  return async (_call, forward) => (state.left-- > 0 ? answer : forward());
}

function awsError(name: string, status = 400): Answer {
  return json({ __type: `com.amazonaws#${name}`, message: `${name} was injected` }, status);
}

function entryFailure(code: string): Answer {
  return json({ FailedEntryCount: 1, Entries: [{ ErrorCode: code, ErrorMessage: 'was injected' }] });
}

/** A service whose clock is ahead: it takes only signatures of its own time, give or take five minutes, and says what time it has. */
function clockAhead(byMs: number): Interceptor {
  return async (call: SeenCall, forward) => {
    const now = Date.now() + byMs;
    if (Math.abs(signedAt(call) - now) < 5 * 60_000) return forward();
    const refused = awsError('InvalidSignatureException', 403);
    return { ...refused, headers: { ...refused.headers, date: new Date(now).toUTCString() } };
  };
}

/** `x-amz-date` is 20261122T164500Z. */
function signedAt(call: SeenCall): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(call.headers['x-amz-date'])) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}
