import { expect, test } from 'vitest';
import { avoidOf } from '../../../core/knowledge/incidents.ts';
import { patientTables } from '../../../core/knowledge/patient-tables.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { failed, standingKey, unknownStanding } from '../../../core/model/index.ts';
import { regionContext } from '../region-context.ts';
import { withMethods } from '../with-methods.ts';

const incident = { subject: { service: 'checkout', region: 'us-east-1' } };

test('what is drained stays avoided while the own table does not answer, in whatever part of the process asks', async () => {
  const { ctx, clock } = regionContext();
  const deaf = { ...ctx, ports: { ...ctx.ports, store: withMethods(ctx.ports.store, { query: async () => failed('timeout', 'late') }) } };
  expect(await avoidOf(deaf, incident)).toEqual([]);
  const standing = { ...unknownStanding('checkout', 'eu-west-1'), drained: true };
  await putStored(ctx.ports.store, clock, standingKey('checkout', 'eu-west-1'), standing, 0);
  expect(await avoidOf(patientTables(ctx), incident)).toEqual(['eu-west-1']);
  expect(await avoidOf(deaf, incident)).toEqual(['eu-west-1']);
  await putStored(ctx.ports.store, clock, standingKey('checkout', 'eu-west-1'), { ...standing, drained: false }, 1);
  expect(await avoidOf(ctx, incident)).toEqual([]);
  expect(await avoidOf(deaf, incident)).toEqual([]);
});
