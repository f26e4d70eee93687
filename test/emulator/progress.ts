const startedAt = Date.now();

/** A line of progress, on stderr: stdout carries the report alone. */
export function progress(text: string): void {
  process.stderr.write(`[${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s] ${text}\n`);
}
