import { expect, it } from 'vitest';
import { subjectKey } from '../../../core/model/index.ts';

it('a subject has one key, which tells it from what is wider or narrower', () => {
  const keys = [
    { service: 's' },
    { service: 's', region: 'r' },
    { service: 's', region: 'r', endpoint: 'e' },
    { service: 's', region: 'r', endpoint: 'e', unit: 'u' },
    { service: 's', region: 'r', unit: 'u' },
  ].map(subjectKey);
  expect(keys).toEqual(['s', 's/r', 's/r/e', 's/r/e/u', 's/r/-/u']);
});
