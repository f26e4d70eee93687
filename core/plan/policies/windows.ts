/** Hours of the week in UTC; `to` before `from` ends on the next day. */
export interface HoursOfWeek {
  name: string;
  days: readonly string[];
  from: string;
  to: string;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
const dayMinutes = 1_440;
/** 1970-01-01 was a Thursday. */
const daysFromEpoch = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'];

/** The first of the windows that `at` (epoch ms) falls into, its end excluded; null: none. */
export function windowAt<W extends HoursOfWeek>(windows: readonly W[], at: number): W | null {
  const day = Math.floor(at / dayMs);
  const minute = Math.floor((at - day * dayMs) / minuteMs);
  const begins = (window: W, of: number) => window.days.includes(daysFromEpoch[((of % 7) + 7) % 7] ?? '');
  for (const window of windows) {
    const from = minutesOf(window.from);
    // As long as it takes to come to `to` again: the same time of day means a whole day.
    const length = (minutesOf(window.to) - from + dayMinutes) % dayMinutes || dayMinutes;
    const today = begins(window, day) && minute >= from && minute < from + length;
    const yesterday = begins(window, day - 1) && minute + dayMinutes >= from && minute + dayMinutes < from + length;
    if (today || yesterday) return window;
  }
  return null;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
