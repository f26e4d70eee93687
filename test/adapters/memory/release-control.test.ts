import { expect, test } from 'vitest';
import { createReleaseState, createReleases, finishRollout, MemoryReleaseControl } from '../../../adapters/memory/release-control.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';

const target = { service: 's', region: 'r' };
const fence = { epoch: 1, leaseUntil: 1e9 };
const call = { deadlineAt: 1e9 };

function world() {
  const clock = new VirtualClock(0);
  const state = createReleaseState();
  const service = createReleases(
    [
      { version: 'v1', at: 1 },
      { version: 'v2', at: 2 },
    ],
    1000,
  );
  state.services['s/r'] = service;
  const releases = new MemoryReleaseControl(state, clock);
  const verdict = async (release: string) => {
    const look = await releases.verify(target, release, call);
    return look.ok ? look.value.verdict : look.code;
  };
  return { clock, service, releases, verdict };
}

test('the old release serves until the rollout is over, whether anybody looks or not', async () => {
  const { service, releases, verdict } = world();
  await releases.apply(target, 'v1', fence, call);
  expect(await verdict('v1')).toBe('inconclusive');
  expect(await verdict('v2')).toBe('fail');
  finishRollout(service, 999);
  expect(service.releases.map((release) => release.state)).toEqual(['current', 'in-progress']);
  finishRollout(service, 1000);
  expect(service.releases.map((release) => release.state)).toEqual(['previous', 'current']);
});

test('a rollout that never ends is a failure, and undo stops it', async () => {
  const { service, releases, verdict, clock } = world();
  service.neverEnds = true;
  await releases.apply(target, 'v1', fence, call);
  await clock.run(10_000, async () => undefined);
  expect(await verdict('v1')).toBe('fail');
  await releases.undo(target, 'v2', fence, call);
  expect(await verdict('v2')).toBe('pass');
});

test('asked again in the middle of a rollout it does not start anew', async () => {
  const { releases, verdict, clock } = world();
  await releases.apply(target, 'v1', fence, call);
  await clock.run(900, async () => undefined);
  await releases.apply(target, 'v1', fence, call);
  await clock.run(1000, async () => undefined);
  expect(await verdict('v1')).toBe('pass');
});
