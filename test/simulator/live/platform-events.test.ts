import { describe, expect, it } from 'vitest';
import { parseTrigger } from '../../../core/analyze/triggers.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import shipped from '../../../evenkeel.config.ts';
import { taskStopped, unitSick } from '../../../simulator/live/platform-events.ts';

const parsed = parseConfig(shipped);
if (!parsed.ok) throw new Error('the example does not parse');
const { config } = parsed;
const read = (event: unknown) => parseTrigger(event, config, 'us-east-1', 7);

describe('what the platform of the live world tells', () => {
  it('is read as a crash of the service when a task ends', () => {
    expect(read(taskStopped(config, 'checkout', 'us-east-1', 'unit-1'))).toMatchObject({
      ok: true,
      value: { kind: 'event', event: 'unit-crashed', service: 'checkout', at: 7 },
    });
  });

  it('is nothing for a service that ECS does not run', () => {
    expect(taskStopped(config, 'payments', 'us-east-1', 'unit-1')).toBeNull();
  });

  it('is read as an alarm about one unit when the monitor names it', () => {
    expect(read(unitSick('checkout', 'us-east-1', { unit: 'unit-1', reason: 'it fails' }))).toMatchObject({
      ok: true,
      value: { kind: 'alarm', alert: 'error-rate', service: 'checkout', unit: 'unit-1', severity: 'critical' },
    });
  });
});
