export interface SickUnit {
  unit: string;
  reason: string;
}

const windowMs = 30_000;
const failuresMin = 5;
const answersMax = 200;
const sickShareMin = 0.5;
/** More than this elsewhere, and it is no longer one unit that is sick. */
const othersShareMax = 0.1;
const againMs = 60_000;

interface Answer {
  at: number;
  failed: boolean;
}

/**
 * What a load balancer's access log says about the units of one service: which of them answers errors while the others do not. An
 * operator's own monitor tells evenkeel by the documented event (docs/triggers.md), as here.
 */
export class UnitMonitor {
  readonly #answers = new Map<string, Answer[]>();
  readonly #toldAt = new Map<string, number>();

  /** Notes one answer of a unit; answers what there is to tell, at most once a minute for each unit. */
  note(unit: string, status: number, at: number): SickUnit | null {
    const kept = [...(this.#answers.get(unit) ?? []), { at, failed: status >= 500 }].filter((each) => at - each.at <= windowMs);
    this.#answers.set(unit, kept.slice(-answersMax));
    if (status < 500 || at - (this.#toldAt.get(unit) ?? Number.NEGATIVE_INFINITY) < againMs) return null;
    const own = tally(kept);
    const others = tally(
      [...this.#answers].flatMap(([id, answers]) => (id === unit ? [] : answers.filter((each) => at - each.at <= windowMs))),
    );
    const isAlone = others.all > 0 && others.failed <= othersShareMax * others.all;
    if (own.failed < failuresMin || own.failed < sickShareMin * own.all || !isAlone) return null;
    this.#toldAt.set(unit, at);
    return {
      unit,
      reason: `${unit} failed ${own.failed} of ${own.all} requests in ${windowMs / 1000} s, the other units ${others.failed} of ${others.all}`,
    };
  }
}

function tally(answers: readonly Answer[]): { all: number; failed: number } {
  return { all: answers.length, failed: answers.filter((each) => each.failed).length };
}
