import * as z from 'zod';
import { readObservations } from '../../knowledge/observations.ts';
import type { StepKind, StepLook } from '../step-kind.ts';
import { requestDrain, withdrawDrain } from './drain.ts';

/** Failback's step: the votes are taken back; undoing it asks for them again under the same claim, which the voters still hold. */
export const returnTraffic: StepKind = {
  ...(requestDrain.before === undefined ? {} : { before: requestDrain.before }),
  ...(withdrawDrain.apply === undefined ? {} : { apply: withdrawDrain.apply }),
  look: (args, scope) => withdrawDrain.look(args, { ...scope, before: { regions: [String(args.subject)] } }),
};

const Args = z.object({ group: z.string(), region: z.string(), seconds: z.number().nonnegative() });

/** The old region has to have been well for long enough, in the eyes of everybody outside it. */
export const confirmProven: StepKind = {
  async look(rawArgs, { ctx }): Promise<StepLook> {
    const { group, region, seconds } = Args.parse(rawArgs);
    const { clock } = ctx.ports;
    const all = await readObservations(ctx.ports);
    if (!all.ok) return { verdict: 'inconclusive', reason: all.reason };
    const staleMs = ctx.config.thresholds.quorumStalenessSeconds * 1000;
    const fresh = all.value.filter((seen) => seen.observer !== region && !seen.abstains && clock.now() - seen.at <= staleMs);
    const views = fresh.flatMap((seen) => seen.views.filter((view) => view.group === group && view.region === region));
    const unfit = views.find((view) => view.status !== 'healthy' || clock.now() - view.since < seconds * 1000);
    if (views.length === 0) return { verdict: 'inconclusive', reason: `nobody outside ${region} has a fresh view of it` };
    if (unfit !== undefined) {
      const well = Math.round((clock.now() - unfit.since) / 1000);
      return {
        verdict: 'fail',
        reason: `${region} is ${unfit.status} for ${well} s; ${seconds} s of health are wanted before traffic returns`,
        final: true,
      };
    }
    return { verdict: 'pass', reason: `${region} has been healthy for ${seconds} s, seen by ${views.length} regions` };
  },
};
