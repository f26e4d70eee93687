import type { PhasesMs } from '../../core/model/index.ts';

export type Phase = Exclude<keyof PhasesMs, 'resolve'>;

/** A stopwatch with one lap per phase; the clock of phases is monotonic, the wall clock may jump. */
export interface PhaseWatch {
  current(): Phase;
  enter(phase: Phase): void;
  /** Closes the running phase. */
  stop(): PhasesMs;
}

export function startPhaseWatch(first: Phase): PhaseWatch {
  const laps: PhasesMs = {};
  let phase = first;
  let since = performance.now();
  const close = () => {
    const now = performance.now();
    laps[phase] = now - since;
    since = now;
  };
  return {
    current: () => phase,
    enter: (next) => {
      close();
      phase = next;
    },
    stop: () => {
      close();
      return laps;
    },
  };
}
