/** Small tools for sentences. */

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** 3, "region" → "three regions". */
export function counted(count: number, noun: string): string {
  return `${words[count] ?? count} ${count === 1 ? noun : plural(noun)}`;
}

function plural(noun: string): string {
  return noun.endsWith('s') ? `${noun}es` : noun.replace(/y$/, 'ie').concat('s');
}

/** a, b and c. */
export function listed(items: readonly string[], last = 'and'): string {
  if (items.length <= 1) return items[0] ?? 'nothing';
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** 90 → "90 s", 300 → "5 min", 7200 → "2 h". */
export function duration(seconds: number): string {
  if (seconds >= 7200 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 120 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
