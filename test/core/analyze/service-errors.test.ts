import { expect, test } from 'vitest';
import { probeFindings } from '../../../core/analyze/alerts/findings.ts';
import type { FailureWindow } from '../../../core/knowledge/failure-windows.ts';
import { shopConfig, startAt } from '../region-context.ts';

/** The looks of a calm service with one address, one each twenty seconds up to now; `failed` says which of them failed, newest first. */
function looks(count: number, failed: (index: number) => boolean): FailureWindow {
  const tallies = Array.from({ length: count }, (_, index) => ({ at: startAt - index * 20_000, judged: 1, failed: failed(index) ? 1 : 0 }));
  return { addresses: { '192.0.2.11': tallies.reverse() } };
}

const alertsOf = (window: FailureWindow) =>
  probeFindings(shopConfig(), 'us-east-1', { checkout: window }, [], startAt).map((finding) => `${finding.alert} ${finding.locus}`);
const everyThird = (index: number) => index % 3 === 0;

test('a third of the looks of a calm service with one address is an error rate, at three slots a minute', () => {
  expect(alertsOf(looks(15, everyThird))).toContain('error-rate service');
});

test('four failures, or a few looks, are none yet', () => {
  expect(alertsOf(looks(15, (index) => index < 4))).not.toContain('error-rate service');
  expect(alertsOf(looks(9, () => true))).not.toContain('error-rate service');
});

test('what has not failed for two minutes is over', () => {
  expect(alertsOf(looks(15, (index) => index > 6))).not.toContain('error-rate service');
});
