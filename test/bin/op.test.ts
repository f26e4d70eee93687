import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { op } from '../../bin/commands/op.ts';

afterEach(() => vi.restoreAllMocks());

/** What `op pause` prints when a live world gives this answer. */
async function printed(answer: object): Promise<{ stdout: string; stderr: string }> {
  const server = createServer((_, response) => void response.end(JSON.stringify(answer))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stdout: string[] = [];
  const stderr: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0);
  const program = new Command('evenkeel').exitOverride();
  op(program);
  await program.parseAsync(['op', 'pause', '--reason', 'drill', '--json', '--live', `http://127.0.0.1:${port}`], { from: 'user' });
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  return { stdout: stdout.join(''), stderr: stderr.join('') };
}

it('an order that was carried out with a warning warns on stderr; its data and its exit code are as without one', async () => {
  const done = { lines: ['pause is on'], data: { on: true } };
  const plain = await printed(done);
  expect(plain).toEqual({ stdout: '{\n  "on": true\n}\n', stderr: '' });
  expect(await printed({ ...done, warning: 'it is not on record' })).toEqual({ ...plain, stderr: 'WARNING it is not on record\n' });
  expect(process.exitCode).toBeUndefined();
});
