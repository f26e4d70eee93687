const DAY_MS = 86_400_000;
const SLOTS = 48;
const SLOT_MS = DAY_MS / SLOTS;

/** What was seen in each half hour of the past days: lowest and highest value per half hour and day. */
export interface PastDays {
  days: number;
  /** The day number of each cell, -1 when empty; cells lie by half hour, then by day modulo `days` + 1. */
  day: number[];
  low: number[];
  high: number[];
  /** The half hour (counted from 1970) that `lows` and `highs` were gathered for. */
  gatheredFor: number;
  /** The ranges of this half hour and its neighbours on the past days: disjoint, ascending. */
  lows: number[];
  highs: number[];
}

export function emptyPastDays(days: number): PastDays {
  const cells = SLOTS * (days + 1);
  return {
    days,
    day: new Array<number>(cells).fill(-1),
    low: new Array<number>(cells).fill(0),
    high: new Array<number>(cells).fill(0),
    gatheredFor: -1,
    lows: [],
    highs: [],
  };
}

/** Distance from `value` to the nearest value seen at this time of day on one of the past days; -1 without such days. */
export function distanceToPastDays(past: PastDays, at: number, value: number): number {
  const slot = Math.floor(at / SLOT_MS);
  if (slot !== past.gatheredFor) gather(past, slot);
  let nearest = -1;
  for (let i = 0; i < past.lows.length; i++) {
    const low = past.lows[i] ?? 0;
    const high = past.highs[i] ?? 0;
    const distance = value < low ? low - value : value > high ? value - high : 0;
    if (nearest < 0 || distance < nearest) nearest = distance;
  }
  return nearest;
}

/** Takes today's value in; `at` falls into the half hour that was asked for last, or a later one. */
export function rememberToday(past: PastDays, at: number, value: number): void {
  const slot = Math.floor(at / SLOT_MS);
  const today = Math.floor(slot / SLOTS);
  const width = past.days + 1;
  const cell = (slot - today * SLOTS) * width + (((today % width) + width) % width);
  const fresh = past.day[cell] !== today;
  past.day[cell] = today;
  if (fresh || value < (past.low[cell] ?? value)) past.low[cell] = value;
  if (fresh || value > (past.high[cell] ?? value)) past.high[cell] = value;
}

function gather(past: PastDays, slot: number): void {
  const today = Math.floor(slot / SLOTS);
  const width = past.days + 1;
  const ranges: [number, number][] = [];
  for (let neighbour = slot - 1; neighbour <= slot + 1; neighbour++) {
    const first = (((neighbour % SLOTS) + SLOTS) % SLOTS) * width;
    for (let cell = first; cell < first + width; cell++) {
      const day = past.day[cell] ?? -1;
      if (day >= 0 && day < today && today - day <= past.days) ranges.push([past.low[cell] ?? 0, past.high[cell] ?? 0]);
    }
  }
  ranges.sort((a, b) => a[0] - b[0]);
  past.gatheredFor = slot;
  past.lows = [];
  past.highs = [];
  for (const [low, high] of ranges) {
    const last = past.highs.length - 1;
    if (last >= 0 && low <= (past.highs[last] ?? 0)) past.highs[last] = Math.max(past.highs[last] ?? 0, high);
    else {
      past.lows.push(low);
      past.highs.push(high);
    }
  }
}
