import * as z from 'zod';
import { ask, type BreakerState, newBreaker, settle } from '../../core/plan/breaker/breaker.ts';
import { type BreakerConfig, breakerProblems } from '../../core/plan/breaker/breaker-config.ts';
import { countCall, newCounter, type TripCounter, type TripRule, trips } from '../../core/plan/breaker/trip.ts';
import { Mismatches, tally } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

const trip = z.discriminatedUnion('type', [
  z.object({ type: z.literal('consecutive'), threshold: z.number() }).transform(({ type, ...rest }): TripRule => ({ kind: type, ...rest })),
  z
    .object({ type: z.literal('count'), threshold: z.number(), size: z.number(), minimumNumberOfCalls: z.number().optional() })
    .transform(({ type, minimumNumberOfCalls, ...rest }): TripRule => {
      return { kind: type, ...rest, ...(minimumNumberOfCalls !== undefined && { minimumCalls: minimumNumberOfCalls }) };
    }),
  z
    .object({ type: z.literal('sampling'), threshold: z.number(), durationMs: z.number(), minimumRps: z.number().optional() })
    .transform(({ type, minimumRps, ...rest }): TripRule => {
      return { kind: type, ...rest, ...(minimumRps !== undefined && { minimumPerSecond: minimumRps }) };
    }),
]);

const times = z.number().default(1);
const advance = z.object({ op: z.literal('advance'), ms: z.number() });
/** Saves the state as text and goes on with what is read back. */
const persist = z.object({ op: z.enum(['persist', 'save', 'restore', 'saveRestore']) });
const call = z.object({
  op: z.literal('call'),
  outcome: z.enum(['ok', 'fail', 'any', 'ignored']),
  expect: z.object({ admitted: z.boolean().optional(), stateAfter: z.enum(['closed', 'open', 'half-open']).optional() }).default({}),
  times,
});
const result = z.object({ op: z.enum(['ok', 'fail']), trips: z.boolean().optional(), times });

/** A step, or steps that are to be repeated. */
type Written<Step> = Step | Repeated<Step>;
interface Repeated<Step> {
  op: 'repeat';
  times: number;
  steps: Written<Step>[];
}
type CounterStep = z.infer<typeof result> | z.infer<typeof advance> | z.infer<typeof persist>;
type SequenceStep = z.infer<typeof call> | z.infer<typeof advance> | z.infer<typeof persist>;

const repeated = { op: z.literal('repeat'), times: z.number() };
const counterStep: z.ZodType<Written<CounterStep>> = z.lazy(() =>
  z.union([result, advance, persist, z.object({ ...repeated, steps: z.array(counterStep) })]),
);
const sequenceStep: z.ZodType<Written<SequenceStep>> = z.lazy(() =>
  z.union([call, advance, persist, z.object({ ...repeated, steps: z.array(sequenceStep) })]),
);

const config = z
  .object({
    trip,
    halfOpenAfterMs: z.union([z.number(), z.array(z.number())]),
    halfOpenSampling: z.object({ calls: z.number(), threshold: z.number() }).optional(),
  })
  .transform(({ halfOpenSampling, ...rest }): BreakerConfig => ({ ...rest, ...(halfOpenSampling && { halfOpenSampling }) }));

const rejected = z.object({
  threshold: z.number().optional(),
  size: z.number().optional(),
  minimumNumberOfCalls: z.number().optional(),
  durationMs: z.number().optional(),
  minimumRps: z.number().optional(),
  calls: z.number().optional(),
  halfOpenSampling: z.object({ calls: z.number(), threshold: z.number() }).optional(),
});

const anyCase = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['sequence', 'persist']), id: z.string(), config, steps: z.array(sequenceStep) }),
  z.object({
    kind: z.literal('tripCounter'),
    id: z.string(),
    config: z.object({ trip }),
    steps: z.array(counterStep),
    expected: z.object({ windowRing: z.array(z.boolean().nullable()).optional(), nextSlot: z.number().optional() }).default({}),
  }),
  z.object({ kind: z.literal('configInvalid'), id: z.string(), expected: z.object({ rejected: z.array(rejected) }) }),
]);
type Case = z.infer<typeof anyCase>;

export function run(file: unknown): ConformanceResult {
  return tally(file, anyCase, check);
}

function check(test: Case): Mismatches {
  const found = new Mismatches();
  switch (test.kind) {
    case 'sequence':
    case 'persist':
      // A `persist` case is saved and restored after every step, wherever it says so or not.
      runSequence(test.config, [...writtenOut(test.steps)], test.kind === 'persist', found);
      break;
    case 'tripCounter':
      runCounter(test.config.trip, [...writtenOut(test.steps)], test.expected, found);
      break;
    case 'configInvalid':
      for (const one of test.expected.rejected) {
        found.equal(`${JSON.stringify(one)} is refused`, breakerProblems(asConfig(one)).length > 0, true);
      }
      break;
  }
  return found;
}

/** Every step in order, with `repeat` and `times` written out. */
function* writtenOut<Step extends { op: string; times?: number }>(steps: Written<Step>[]): Generator<Step> {
  for (const step of steps) {
    for (let round = 0; round < (step.times ?? 1); round++) {
      if (isRepeated(step)) yield* writtenOut(step.steps);
      else yield step;
    }
  }
}

function isRepeated<Step extends { op: string }>(step: Written<Step>): step is Repeated<Step> {
  return step.op === 'repeat' && 'steps' in step;
}

function runSequence(rules: BreakerConfig, steps: SequenceStep[], always: boolean, found: Mismatches): void {
  let state = newBreaker(rules);
  let at = 0;
  for (const [index, step] of steps.entries()) {
    if (step.op === 'advance') at += step.ms;
    if (step.op === 'call') state = makeCall(rules, state, at, step, `step ${index + 1}`, found);
    if (always || (step.op !== 'call' && step.op !== 'advance')) state = reread(state);
  }
}

function makeCall(
  rules: BreakerConfig,
  state: BreakerState,
  at: number,
  step: z.infer<typeof call>,
  name: string,
  found: Mismatches,
): BreakerState {
  const admission = ask(rules, state, at, name);
  const outcome = step.outcome === 'fail' ? 'failure' : step.outcome === 'ignored' ? 'ignored' : 'success';
  const next = admission.admitted ? settle(rules, admission.state, at, name, outcome) : admission.state;
  if (step.expect.admitted !== undefined) found.equal(`${name} is admitted`, admission.admitted, step.expect.admitted);
  if (step.expect.stateAfter !== undefined) found.equal(`state after ${name}`, next.circuit.kind, step.expect.stateAfter);
  return next;
}

function runCounter(
  rule: TripRule,
  steps: CounterStep[],
  expected: Extract<Case, { kind: 'tripCounter' }>['expected'],
  found: Mismatches,
): void {
  let counter: TripCounter = newCounter(rule);
  let at = 0;
  for (const [index, step] of steps.entries()) {
    if (step.op === 'advance') at += step.ms;
    else if (step.op === 'ok' || step.op === 'fail') {
      counter = countCall(rule, counter, step.op === 'ok', at);
      if (step.trips !== undefined) found.equal(`step ${index + 1} trips`, step.op === 'fail' && trips(rule, counter), step.trips);
    } else counter = reread(counter);
  }
  if (counter.kind !== 'count') return;
  if (expected.windowRing) found.equal('ring', counter.ring, expected.windowRing);
  if (expected.nextSlot !== undefined) found.equal('next slot', counter.nextSlot, expected.nextSlot);
}

function reread<State>(state: State): State {
  return JSON.parse(JSON.stringify(state));
}

/** Reads a refused fragment as the part of a configuration that it must belong to. */
function asConfig(one: z.infer<typeof rejected>): BreakerConfig {
  const { threshold = 0.5, size, minimumNumberOfCalls, durationMs, minimumRps, calls } = one;
  const sound: TripRule = { kind: 'consecutive', threshold: 1 };
  if (one.halfOpenSampling) return { trip: sound, halfOpenAfterMs: 1000, halfOpenSampling: one.halfOpenSampling };
  if (calls !== undefined) return { trip: sound, halfOpenAfterMs: 1000, halfOpenSampling: { calls, threshold } };
  if (durationMs !== undefined) {
    return {
      trip: { kind: 'sampling', threshold, durationMs, ...(minimumRps !== undefined && { minimumPerSecond: minimumRps }) },
      halfOpenAfterMs: 1000,
    };
  }
  if (size !== undefined) {
    const minimum = minimumNumberOfCalls !== undefined && { minimumCalls: minimumNumberOfCalls };
    return { trip: { kind: 'count', threshold, size, ...minimum }, halfOpenAfterMs: 1000 };
  }
  return { trip: { kind: 'consecutive', threshold }, halfOpenAfterMs: 1000 };
}
