import type { StageContext } from '../config/stage-context.ts';
import { failed, ok, type Release, type Result, type Target } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { readStored } from './stored.ts';
import { type WatchedRelease, WatchState, watchKey } from './watch-state.ts';

const callMs = 8_000;
/** The move of an alias leaves no time behind: it is seen by the minute, and what it did may show before. */
const seenLateMs = 90_000;

/** The release that is to blame if any is, when it came, and the one to go back to. */
export interface LastRelease {
  release: Release;
  at: number;
  previous: Release | null;
}

/** What was last released to the target, as its platform and the release watch tell. */
export async function lastRelease(ctx: StageContext, target: Target): Promise<Result<LastRelease>> {
  const { releases, store, clock } = ctx.ports;
  const history = await releases.history(target, within(clock, callMs));
  if (!history.ok) return history;
  const watch = await readStored(store, clock, watchKey, WatchState);
  const found = lastOf(history.value, watch.ok ? watch.value.value?.releases[target.service] : undefined);
  return found === null ? failed('refused', `no release of ${target.service} in ${target.region} is on record`) : ok(found);
}

function lastOf(history: readonly Release[], watched: WatchedRelease | undefined): LastRelease | null {
  const release = history.find((each) => each.state === 'in-progress') ?? history.find((each) => each.state === 'current');
  if (release === undefined) return null;
  const others = history.filter((each) => each.id !== release.id);
  const known = watched?.id === release.id ? watched : undefined;
  // What was published after it and serves nobody is no way back.
  const previous =
    others.find((each) => each.id === known?.replaced) ??
    others.find((each) => each.state === 'current') ??
    others.find((each) => each.at <= release.at) ??
    null;
  return { release, at: known?.at ?? release.at, previous };
}

/** Why the last release cannot be what began at `onsetAt`; null: it can. */
export function whyNotToBlame({ release, at }: LastRelease, onsetAt: number, watchSeconds: number): string | null {
  const minutes = Math.round((onsetAt - at) / 60_000);
  if (onsetAt < at - seenLateMs) return `${release.version} was released ${-minutes} min after it began`;
  return onsetAt - at > watchSeconds * 1000
    ? `the last release, ${release.version}, is ${minutes} min older than what began; ${watchSeconds / 60} min are answered`
    : null;
}
