import type { LatelyAnswered, ServiceState } from '../../model/index.ts';
import { lookEveryMs } from '../lately.ts';

/** Looks that were certainly over by `at`. */
export function answersBefore({ at: newest, ms }: LatelyAnswered, at: number): number[] {
  const later = Math.max(0, Math.ceil((newest - at) / lookEveryMs));
  return ms.slice(0, Math.max(0, ms.length - later));
}

/** Looks since there were `count`, as far as they are remembered. */
export function answersSince({ count: now, ms }: LatelyAnswered, count: number): number[] {
  return now <= count ? [] : ms.slice(-(now - count));
}

/** How a service answers in every region when a release of it is first seen: what the judge compares with later. */
export function answersAtRelease(
  states: readonly ServiceState[],
  service: string,
  releasedAt: number,
): Record<string, { count: number; ms: number[] }> {
  return Object.fromEntries(
    states
      .filter((state) => state.health.subject.service === service)
      .flatMap((state) =>
        Object.entries(state.endpoints).flatMap(([name, { lately }]) =>
          lately === undefined
            ? []
            : [[`${state.health.subject.region ?? '-'}/${name}`, { count: lately.count, ms: answersBefore(lately, releasedAt) }]],
        ),
      ),
  );
}
