import * as z from 'zod';
import { VoterState } from '../../core/analyze/vote.ts';
import { regionNames, regionsOfService } from '../../core/config/derive.ts';
import { Prediction } from '../../core/knowledge/predictions.ts';
import { type Item, storeKey } from '../../core/model/index.ts';
import { effectOf, LiveFault } from './fault.ts';
import type { PageSource } from './page-server.ts';
import { reportOf } from './run-scenario.ts';
import type { LiveWorld } from './world.ts';

const Order = z.strictObject({ region: z.string().optional(), order: z.json() });
const Action = z.strictObject({ operation: z.enum(['inject', 'clear']), fault: LiveFault });

/** What the page shows of a live world, and what it may do to it. */
export function pageOf(world: LiveWorld, startedAt: number): PageSource {
  const breakable = faultsOf(world);
  return {
    entries: () => world.timeline.entries,
    state: () => stateOf(world, startedAt, breakable),
    async act(request) {
      const action = Action.safeParse(request);
      if (!action.success) throw new Error(`that is no action: ${action.error.issues[0]?.message ?? 'unknown'}`);
      const { operation, fault } = action.data;
      return operation === 'inject' ? world.breakage.inject(fault) : world.breakage.clear(fault);
    },
    async operate(request) {
      const asked = Order.safeParse(request);
      if (!asked.success) return { error: `that is no order: ${asked.error.issues[0]?.message ?? 'unknown'}` };
      const done = await world.operate(asked.data.order, asked.data.region);
      return done.ok ? done.value : { error: done.reason };
    },
  };
}

interface Breakable {
  fault: LiveFault;
  /** What it strikes in its region. */
  subject: string;
  label: string;
}

function faultsOf({ config }: LiveWorld): Breakable[] {
  const dependency = config.awsEndpoints.find((entry) => entry.priority === 'critical');
  const faults = regionNames(config).flatMap((region): LiveFault[] => [
    { kind: 'region-down', region },
    { kind: 'cold-units', region },
    ...config.services
      .filter((service) => regionsOfService(config, service).includes(region))
      .flatMap(({ name: service, deployments }): LiveFault[] => [
        { kind: 'unit-crash', service, region },
        // What is measured and told of units is told of deployments alone.
        ...(deployments[region] === undefined
          ? []
          : ([
              { kind: 'unit-errors', service, region },
              { kind: 'memory-leak', service, region },
            ] as const)),
        { kind: 'http-errors', service, region },
        { kind: 'latency', service, region },
      ]),
    ...(dependency === undefined ? [] : [{ kind: 'dns-nodata' as const, service: dependency.service, region }]),
  ]);
  return faults.map((fault) => ({
    fault,
    subject: 'service' in fault ? fault.service : 'the whole region',
    label: effectOf(fault),
  }));
}

function stateOf(world: LiveWorld, startedAt: number, breakable: readonly Breakable[]) {
  const { config, clock } = world;
  const { timeline: _, actions: __, ...figures } = reportOf(world, '-', config.trafficGroups[0]?.carrier ?? '-', startedAt, []);
  const { incidents, runs, plans, steps } = world.records();
  return {
    now: clock.now(),
    ...figures,
    groups: config.trafficGroups.map(({ name, carrier, ttlSeconds }) => ({ name, carrier, ttlSeconds, shares: world.shares(name) })),
    regions: regionNames(config).map((region) => regionOf(world, region)),
    votes: votesOf(world),
    incidents: incidents.map(({ id, state, region, cause, reason }) => ({ id, state, region, cause, reason })),
    runs: runs.map((run) => ({
      plan: run.planId,
      action: run.action,
      state: run.state,
      reason: run.reason,
      steps: (plans.get(run.planId)?.steps ?? []).map((step) => {
        const record = steps.get(run.planId)?.find((each) => each.step === step.id);
        return {
          id: step.id,
          state: record?.state ?? 'to do',
          verdict: record?.verdict ?? null,
          undo: record?.undo?.verdict ?? null,
          reason: record?.reason ?? '',
        };
      }),
    })),
    predictions: predictionsIn(regionNames(config).map((region) => world.state.storeOf(region).items.values())),
    customer: world.customer?.last ?? null,
    faults: world.breakage.standing,
    breakable,
  };
}

function regionOf(world: LiveWorld, region: string) {
  const { config, fleet, state } = world;
  const pids = fleet.pids();
  const services = config.services.filter((service) => regionsOfService(config, service).includes(region));
  return {
    name: region,
    down: world.isDown(region),
    traffic: world.traffic.get(region) ?? { good: 0, bad: 0 },
    seenBy: world
      .observations()
      .flatMap((seen) =>
        seen.views
          .filter((view) => view.region === region)
          .map(({ group, status, score }) => ({ observer: seen.observer, group, status, score, abstains: seen.abstains })),
      ),
    services: services.map(({ name }) => {
      const capacity = state.capacity.services[`${name}/${region}`];
      const units = (capacity?.units ?? []).map(({ id, healthyAt, ejected }) => ({
        id,
        healthy: healthyAt !== null,
        ejected,
        pid: pids.get(id) ?? null,
      }));
      return { name, desired: capacity?.desired ?? 0, units };
    }),
  };
}

function votesOf(world: LiveWorld) {
  return regionNames(world.config).flatMap((voter) =>
    [...world.state.storeOf(voter).items.values()].flatMap((item) => {
      if (!item.key.startsWith(storeKey.vote('', '').slice(0, 5))) return [];
      const vote = VoterState.safeParse(item.body);
      return vote.success
        ? [
            {
              voter,
              group: vote.data.group,
              subject: vote.data.subject,
              drain: vote.data.drain,
              epoch: vote.data.epoch,
              reason: vote.data.reason,
            },
          ]
        : [];
    }),
  );
}

/** What each region's table foresees of the services there. */
export function predictionsIn(tables: readonly Iterable<Pick<Item, 'key' | 'body'>>[]) {
  return tables
    .flatMap((items) => [...items].filter(({ key }) => key.startsWith('prediction#')))
    .flatMap(({ body }) => {
      const known = Prediction.safeParse(body);
      if (!known.success) return [];
      const { service, region, horizons, secondsToFailure, supplies, periods, drifts } = known.data;
      return [{ service, region, horizons, secondsToFailure, supplies, periods, drifts }];
    });
}
