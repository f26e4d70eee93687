import { expect, it, vi } from 'vitest';
import { createLogger } from '../../lambdas/runtime/logger.ts';

it('has every line out, in order and structured, when flush comes back', async () => {
  const lines: { level: string; message: string; service: string; region: string; error?: { message: string } }[] = [];
  const keep = (text: unknown): boolean => lines.push(JSON.parse(String(text))) > 0;
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  const errors = vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  const log = createLogger('vote', 'us-east-1');
  log.info('first', { incidentId: 'i1' });
  log.warn('second', {});
  log.error('third', new Error('no such table'));
  await log.flush();
  for (const spy of [out, errors]) spy.mockRestore();
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['INFO', 'first'],
    ['WARN', 'second'],
    ['ERROR', 'third'],
  ]);
  expect(lines[0]).toMatchObject({ service: 'evenkeel-vote', region: 'us-east-1', incidentId: 'i1' });
  expect(lines[2]?.error?.message).toBe('no such table');
});
