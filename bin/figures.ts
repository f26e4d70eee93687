type Flat = Record<string, string | number | boolean | null>;

/** What a benchmark measured, for people: one figure a line with its path, and lists of alike rows as tables. */
export function showFigures(value: unknown, path = ''): string {
  if (typeof value !== 'object' || value === null) return `${path}: ${value}\n`;
  if (Array.isArray(value) && value.length > 0 && value.every(isFlat)) return `${path}\n${table(value)}`;
  return Object.entries(value)
    .map(([key, entry]) => showFigures(entry, path === '' ? key : `${path}.${key}`))
    .join('');
}

function isFlat(row: unknown): row is Flat {
  return typeof row === 'object' && row !== null && Object.values(row).every((each) => typeof each !== 'object' || each === null);
}

/** One row a line under the names of the fields; figures to the right, as they are compared. */
function table(rows: readonly Flat[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => names.map((name) => String(row[name] ?? '')));
  const widths = names.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const isText = names.map((name) => rows.some((row) => typeof row[name] === 'string'));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, column) => (isText[column] ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd();
  return [names, ...cells].map((row) => `${line(row)}\n`).join('');
}
