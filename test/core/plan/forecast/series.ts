/** A repeatable source of numbers in [0, 1), for series with noise. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** Days of 24 steps with quiet weekends, growing, with noise. */
export function demand(days: number, seed = 1, noise = 10, growth = 0.5): number[] {
  const next = numbers(seed);
  return Array.from({ length: days * 24 }, (_, step) => {
    const weekend = Math.floor(step / 24) % 7 >= 5 ? 0.6 : 1;
    const daily = 300 + 150 * Math.sin((2 * Math.PI * (step % 24)) / 24) + 40 * Math.cos((4 * Math.PI * (step % 24)) / 24);
    return daily * weekend + (growth * step) / 24 + noise * (next() + next() + next() + next() - 2);
  });
}
