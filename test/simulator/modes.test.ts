import { expect, test } from 'vitest';
import { loadMachines, loadScenario } from '../../bin/load-scenario.ts';
import type { Config } from '../../core/config/schema.ts';
import { canonicalJson, failed, type TimelineEntry, Vote } from '../../core/model/index.ts';
import type { Checker, Truth } from '../../simulator/checkers/index.ts';
import type { PortCall } from '../../simulator/host/fault-router.ts';
import type { RuntimeFactory } from '../../simulator/host/runtime.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();

/**
 * Each scenario with the minutes that it takes to the first act, and some after it in which observe mode must keep its hands still. g10 goes
 * to where its executors die: what a sweeper finds after that — a run, or none — depends on the mode.
 */
const scenarios: Record<string, number> = {
  ...{ 'region-down': 14, 'cold-standby': 18, flapping: 20, 'split-observers': 20 },
  ...{ g1: 18, g2: 14, g3: 14, g4: 14, g5: 20, g6: 30, 'g6-others': 20, g7: 20, g8: 14, g9: 24, g10: 6, g11: 14 },
  ...{ o20: 20, o21: 20, o21b: 32, o21c: 20, o23: 20, o24: 14, o25: 20 },
};

/** Methods that change the world outside evenkeel's own table, by port. */
const writes: Record<string, readonly string[]> = {
  capacity: ['apply', 'undo'],
  releases: ['apply', 'undo'],
  flags: ['write'],
  scripts: ['run'],
  data: ['switchover', 'failover'],
  traffic: ['setWeights', 'requestDrain', 'withdraw'],
  approver: ['request', 'decide'],
};

function isWrite({ port, method, args }: PortCall): boolean {
  if (port === 'traffic' && method === 'castVote') return Vote.parse(args[0]).drain;
  return writes[port]?.includes(method) === true;
}

/** All that an action could change: units, sizes, versions, parameters, weights and database writers. How busy units are is not. */
function touchable({ world, shared, config }: Truth): string {
  const capacity = Object.entries(world.capacity.services).map(([key, { saturation: _, ...rest }]) => [key, rest]);
  const weights = config.trafficGroups.map(({ name }) => [name, world.weights(name)?.weights ?? null]);
  const writers = Object.entries(shared.data.databases).map(([id, { writer }]) => [id, writer]);
  return canonicalJson({ capacity, weights, writers, releases: world.releases.services, flags: [...world.flags] });
}

interface Seen {
  timeline: TimelineEntry[];
  calls: PortCall[];
  world: string;
}

async function run(scenario: Scenario, config: Config, createRuntime?: RuntimeFactory): Promise<Seen> {
  const calls: PortCall[] = [];
  let world = '';
  const recorder = (truth: Truth): Checker[] => [
    {
      name: 'recorder',
      violations: [],
      onCall: (call) => void calls.push(call),
      onEnd: () => {
        world = touchable(truth);
      },
    },
  ];
  const { timeline } = await simulate(scenario, config, {
    ...{ seed: scenario.seed, settle, machines, checkers: recorder },
    ...(createRuntime === undefined ? {} : { createRuntime }),
  });
  return { timeline, calls, world };
}

/** The world when nobody looks after it. */
const nobody: RuntimeFactory = () => ({
  slot: async () => undefined,
  minute: async () => undefined,
  deliver: async () => undefined,
  invoke: async () => undefined,
  forward: async () => failed('refused', 'nobody is here'),
  operate: async () => failed('refused', 'nobody is here'),
});

const deciding: ReadonlySet<string> = new Set(['IncidentOpened', 'ActionChosen', 'PolicyRefused', 'PlanMade']);

/** What was decided up to `until`: incidents, choices, refusals and plans (action, target, steps, reason), but for the mode itself. */
function decisions(timeline: readonly TimelineEntry[], until: number) {
  return timeline
    .filter((entry) => deciding.has(entry.kind) && entry.at <= until)
    .map(({ at, region, kind, subject, data: { mode: _, ...data }, reason }) => ({ at, region, kind, subject, data, reason }));
}

test.each(Object.entries(scenarios))(
  '%s: observe decides exactly what act does, and touches nothing',
  { timeout: 30_000 },
  async (name, minutes) => {
    const { scenario: whole, config } = await loadScenario(name);
    const scenario = { ...whole, minutes };
    const act = await run(scenario, { ...config, mode: 'act' });
    const observe = await run(scenario, { ...config, mode: 'observe' });

    // From the first write on the two worlds differ, and from the end of a run on that only one of them has; what is decided in the same
    // world must be the same.
    const endedAt = act.timeline.find((entry) => entry.kind === 'OutcomeRecorded')?.at ?? Number.POSITIVE_INFINITY;
    const touchedAt = Math.min(endedAt, act.calls.find(isWrite)?.at ?? Number.POSITIVE_INFINITY);
    const decided = decisions(act.timeline, touchedAt);
    expect(decisions(observe.timeline, touchedAt)).toEqual(decided);
    if (touchedAt < Number.POSITIVE_INFINITY) expect(decided.map((each) => each.kind)).toContain('PlanMade');

    expect(observe.calls.filter(isWrite)).toEqual([]);
    expect(observe.timeline.filter((entry) => entry.kind === 'StepApplied' || entry.kind === 'StepIntended')).toEqual([]);
    expect(observe.world).toBe((await run(scenario, config, nobody)).world);
  },
);
