import type { Scenario } from '../scenario.ts';
import { faultKinds, type StruckPort } from '../world/fault.ts';
import { SeededRandom } from '../world/random.ts';
import { portsOfAll, randomCall, randomFault, type Span } from './random-fault.ts';
import type { SoakWorld } from './soak-config.ts';
import {
  badRelease,
  impairment,
  newVersion,
  noRelief,
  queueGone,
  randomOrders,
  shortage,
  sickUnit,
  type Teller,
  wayBack,
} from './stories.ts';

/** safety: faults may stand to the end. liveness: all of them clear, and the run is long enough to come to rest. */
export type SoakMode = 'safety' | 'liveness';

/** The standard seed's length, and that of one that must come to rest. */
const minutesOf: Record<SoakMode, number> = { safety: 30, liveness: 60 };
const livenessClearMinute = 20;
/** One seed in so many must come to rest; asks a person first; leans on a queue; runs on functions; is behind a distribution. */
const livenessEvery = 5;
const approveEvery = 7;
const queueEvery = 11;
const functionsEvery = 8;
const edgeEvery = 13;
const faultsAtFirstMinute = 1;

export function modeOf(seed: number): SoakMode {
  return seed % livenessEvery === 0 ? 'liveness' : 'safety';
}

/** Which of the soak's configurations a seed runs in. */
export function worldOf(seed: number): SoakWorld {
  if (seed % approveEvery === 3) return 'approve';
  if (seed % queueEvery === 5) return 'queue';
  if (seed % functionsEvery === 6) return 'functions';
  return seed % edgeEvery === 0 ? 'edge' : 'act';
}

/** Each as often as it stands here. Half the seeds have no story but what chance makes of it. */
const stories: readonly (Teller | null)[] = [
  ...[null, null, null, impairment, impairment, impairment, impairment, impairment],
  ...[wayBack, wayBack, shortage, shortage, noRelief, noRelief, badRelease, badRelease, sickUnit],
];

/** What only this world has, told in most of its seeds. */
const storyOf: Partial<Record<SoakWorld, Teller>> = { queue: queueGone, functions: newVersion };

/**
 * A random mix of faults. Swarm testing (Groce et al., 2012): each seed first leaves most kinds out, then draws often from the few that are
 * left, which meets combinations that an even draw over all kinds almost never does. Most seeds also have a story, so that every machine has
 * something to do and something to undo.
 */
export function randomScenario(seed: number): Scenario {
  const random = new SeededRandom(`soak/${seed}`);
  const mode = modeOf(seed);
  const clears = mode === 'liveness';
  const span: Span = { first: faultsAtFirstMinute, last: clears ? livenessClearMinute : minutesOf.safety, clears };
  const world = worldOf(seed);
  const own = storyOf[world];
  const teller = own !== undefined && random.chance(0.6) ? own : random.pick(stories);
  const { faults, orders } = teller?.(random, span) ?? { faults: [], orders: [] };
  // A story that chance may not disturb is one that ends as told; the others are disturbed as much as any.
  const most = teller === null || teller === impairment ? 6 : 2;
  const allowed = faultKinds.filter(() => random.chance(0.25));
  const kinds = allowed.length > 0 ? allowed : [random.pick(faultKinds)];
  const mixed = Array.from({ length: random.integer(teller === null ? 1 : 0, most) }, () => randomFault(random, random.pick(kinds), span));
  // Every answer of a fault point has to meet every port in some seed, or its cell stays empty.
  const calls = random.chance(world === 'approve' ? 0.6 : 0.3)
    ? [randomCall(random, world === 'approve' ? askedPorts : portsOfAll, span)]
    : [];
  return {
    name: `soak-${seed}`,
    source: 'made',
    minutes: minutesOf[mode],
    seed,
    faults: [...faults, ...mixed, ...calls],
    orders: [...orders, ...(random.chance(0.2) ? randomOrders(random, span) : [])],
    // Somebody who says yes, somebody who says no, or nobody at all.
    ...(random.chance(0.8) ? { operator: { approves: random.chance(0.7), afterSeconds: random.integer(5, 300) } } : {}),
    expect: {},
  };
}

/** What an approval passes through. */
const askedPorts: readonly StruckPort[] = ['approver', 'approver', 'notifier', 'machines', 'courier', 'courier'];
