import type { Sample } from '../model/index.ts';

export interface SelfTest {
  abstain: boolean;
  reason: string;
}

/**
 * Whether this observer may speak at all: it abstains when it reaches none of its known-good references, since what it then sees of the
 * others is its own trouble. Of several samples of a reference one pass is enough, for a reference may have an address that this vantage
 * has no route to. Without references there is no test to fail.
 */
export function judgeSelfTest(references: { name: string; samples: Sample[] }[]): SelfTest {
  if (references.length === 0) return { abstain: false, reason: 'no references are configured' };
  const unreached = references.filter(({ samples }) => !samples.some(({ verdict }) => verdict === 'pass'));
  const reached = references.length - unreached.length;
  const details = unreached.map(({ name, samples }) => `${name}: ${samples[0]?.reason ?? 'no sample'}`).join('; ');
  const reason = `${reached} of ${references.length} references reached${details === '' ? '' : ` (${details})`}`;
  return { abstain: reached === 0, reason };
}
