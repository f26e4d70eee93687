import { expect, test } from 'vitest';
import * as z from 'zod';
import { type Resource, resourcesOf, synthesised, worldOf } from './synthesised.ts';

/** The numbers of a resource that are asked about first; what else a resource must be, the other tests of this folder say by rule. */
const Sized = z.object({
  MemorySize: z.number().optional(),
  Timeout: z.number().optional(),
  ReservedConcurrentExecutions: z.number().optional(),
  RetentionInDays: z.number().optional(),
  MessageRetentionPeriod: z.number().optional(),
});

/** A logical identifier without its hashes: that of the path at its end, and before it those of a version, a health check or a path in the name. */
function masked(id: string): string {
  return id.replace(/[0-9A-F]{8}([0-9a-f]{32})?$/, '').replace(/[0-9A-F][0-9A-Fa-f]{7}$/, '');
}

function lineOf(id: string, { Type, Properties, DeletionPolicy }: Resource): string {
  const sizes = Object.entries(Sized.parse(Properties)).map(([name, value]) => ` ${name}=${value}`);
  return `${Type} ${masked(id)}${sizes.join('')}${DeletionPolicy === undefined ? '' : ` ${DeletionPolicy}`}`;
}

// Another line is another thing in somebody's account: read the difference, then take it over with `vitest run -u`.
test('two regions are made of what inventory.txt lists', async () => {
  const stacks = Object.entries(synthesised(worldOf(2, { rich: true }))).filter(([name]) => !name.endsWith('eu-west-1'));
  const parts = stacks.map(([name, template]) => {
    const lines = Object.entries(resourcesOf(template)).map(([id, resource]) => lineOf(id, resource));
    return `${name}\n${lines
      .sort()
      .map((line) => `  ${line}\n`)
      .join('')}`;
  });
  await expect(parts.join('\n')).toMatchFileSnapshot('inventory.txt');
});
