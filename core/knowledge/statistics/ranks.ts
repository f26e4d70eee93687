/** Average ranks of a pooled sample and what its ties cost. */
export interface Ranking {
  /** Rank of each value, 1 for the smallest; ties share the mean of their ranks. */
  ranks: number[];
  /** Σ(t³ − t) over the groups of t tied values: 0 without ties. */
  tieTerm: number;
}

/** Ranks `values` in ascending order with ties averaged; the values must not contain NaN. */
export function rank(values: readonly number[]): Ranking {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(0);
  let tieTerm = 0;
  let start = 0;
  while (start < order.length) {
    let end = start + 1;
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    const shared = (start + end + 1) / 2;
    for (const { index } of order.slice(start, end)) ranks[index] = shared;
    const tied = end - start;
    tieTerm += tied ** 3 - tied;
    start = end;
  }
  return { ranks, tieTerm };
}

/** Σ of the ranks that the first `count` values got. */
export function rankSum(ranking: Ranking, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += ranking.ranks[index] ?? 0;
  return sum;
}
