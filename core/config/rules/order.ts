import { type Draft, each, entriesOf } from '../draft.ts';
import type { Finding, Path } from '../problem.ts';
import { intervalSeconds as intervalSchema } from '../schema/endpoint.ts';
import { levelNames } from '../schema/playbook.ts';
import { scoreWeights as weightsSchema } from '../schema/service.ts';
import { thresholds as thresholdsSchema } from '../schema/thresholds.ts';

/** Limits that belong together stand in their order: warning before critical, least before most. */
export function* order(draft: Draft): Generator<Finding> {
  yield* generalThresholds(draft);
  const usual = intervalSchema.parse({});
  for (const [index, service] of each(draft.services)) {
    const at: Path = ['services', index];
    for (const [position, endpoint] of each(service.endpoints)) {
      const path = [...at, 'endpoints', position];
      yield* limits([...path, 'thresholds'], endpoint.thresholds);
      for (const [vantage, given] of entriesOf(endpoint.thresholds?.perVantage)) {
        yield* limits([...path, 'thresholds', 'perVantage', vantage], given);
      }
      const { min, base, max } = endpoint.intervalSeconds ?? {};
      yield* ascending([...path, 'intervalSeconds'], { min, base, max }, { min: usual.min, base: usual.base, max: usual.max });
    }
    for (const [region, deployment] of entriesOf(service.deployments)) {
      const { minUnits, baselineUnits, maxUnits } = deployment;
      yield* ascending([...at, 'deployments', region], { minUnits, baselineUnits, maxUnits }, { minUnits: 1 });
    }
    const weights = { ...weightsSchema.parse({}), ...service.scoreWeights };
    if (Object.values(weights).every((weight) => weight === 0)) {
      yield { path: [...at, 'scoreWeights'], message: 'all weights are 0', remedy: 'Give at least one of them a weight over 0.' };
    }
  }
  for (const [index, playbook] of each(draft.playbooks)) yield* levels(['playbooks', index, 'levels'], playbook.levels);
  yield* windows(draft);
}

function* generalThresholds({ thresholds: given }: Draft): Generator<Finding> {
  for (const [kind, pair] of entriesOf(given?.latency)) yield* limits(['thresholds', 'latency', kind], pair);
  const { cacheHitRatio, cacheHitRatioRepaired, poolShare, poolShareRestart } = thresholdsSchema.parse({});
  yield* ascending(
    ['thresholds'],
    { cacheHitRatio: given?.cacheHitRatio, cacheHitRatioRepaired: given?.cacheHitRatioRepaired },
    { cacheHitRatio, cacheHitRatioRepaired },
  );
  yield* ascending(
    ['thresholds'],
    { poolShare: given?.poolShare, poolShareRestart: given?.poolShareRestart },
    { poolShare, poolShareRestart },
  );
}

function limits(at: Path, given: { warningMs?: number | undefined; criticalMs?: number | undefined } | undefined): Generator<Finding> {
  return ascending(at, { warningMs: given?.warningMs, criticalMs: given?.criticalMs });
}

type Numbers = Record<string, number | undefined>;

/** Each number is at least the one before it. What the file leaves out is as `usual`; the finding is where the file says something. */
function* ascending(at: Path, given: Numbers, usual: Record<string, number> = {}): Generator<Finding> {
  const numbers = [...entriesOf({ ...usual, ...Object.fromEntries(entriesOf(given)) })];
  for (const [index, [name, value]] of numbers.entries()) {
    const [before, least] = numbers[index - 1] ?? [name, value];
    if (value >= least) continue;
    yield {
      path: [...at, given[name] === undefined ? before : name],
      message: `${name} (${value}) is below ${before} (${least})`,
      remedy: `Keep the order ${Object.keys(given).join(' ≤ ')}.`,
    };
  }
}

type LevelsDraft = NonNullable<NonNullable<Draft['playbooks']>[number]>['levels'];

function* levels(at: Path, given: LevelsDraft): Generator<Finding> {
  let strongest = 0;
  for (const [index, level] of each(given)) {
    const strength = level.name === undefined ? strongest : levelNames.indexOf(level.name);
    if (strength < strongest) {
      yield {
        path: [...at, index, 'name'],
        message: `the level ${level.name} comes after the stronger ${levelNames[strongest]}`,
        remedy: `Put the levels in the order ${levelNames.join(', ')}.`,
      };
    }
    strongest = Math.max(strongest, strength);
    yield* ascending([...at, index, 'backoff'], { seconds: level.backoff?.seconds, maxSeconds: level.backoff?.maxSeconds });
  }
}

function* windows({ policies }: Draft): Generator<Finding> {
  for (const list of ['maintenanceWindows', 'peakHours'] as const) {
    for (const [index, window] of each(policies?.[list])) {
      if (window.from === undefined || window.from !== window.to) continue;
      yield {
        path: ['policies', list, index, 'to'],
        message: `begins and ends at ${window.from}`,
        remedy: 'Give two different times; for a whole day from 00:00 to 23:59.',
      };
    }
  }
}
