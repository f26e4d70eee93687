/** Resolves when every promise that can go on by itself has done so. */
export function drain(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
