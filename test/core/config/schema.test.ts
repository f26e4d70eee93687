import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fields, fieldTable } from '../../../core/config/field-table.ts';
import { configJsonSchema } from '../../../core/config/json-schema.ts';

/** Every property of every object anywhere in a JSON Schema, by where it stands. */
function properties(node: unknown, at = ''): [string, unknown][] {
  if (typeof node !== 'object' || node === null) return [];
  const own =
    'properties' in node && typeof node.properties === 'object' && node.properties !== null ? Object.entries(node.properties) : [];
  return [
    ...own.map(([name, child]): [string, unknown] => [`${at}/${name}`, child]),
    ...Object.entries(node).flatMap(([key, child]) => properties(child, `${at}/${key}`)),
  ];
}

describe('the schema', () => {
  it('describes every field in a sentence', () => {
    const all = properties(configJsonSchema());
    expect(all.length).toBeGreaterThan(200);
    const bare = all.filter(([, child]) => !/\S.*[.:…]$|\S.*\.\s/.test(String((child as { description?: string }).description ?? '')));
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  it('refuses unknown keys in every object', () => {
    const open = JSON.stringify(configJsonSchema()).match(/"properties":/g)?.length;
    const closed = JSON.stringify(configJsonSchema()).match(/"additionalProperties":false/g)?.length;
    expect(closed).toBe(open);
  });

  it('lists each field once in the table of docs/configuration.md', () => {
    expect(fields().length).toBeGreaterThan(180);
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page, 'write it anew with: npm run --silent evenkeel -- schema --fields').toContain(fieldTable());
  });
});
