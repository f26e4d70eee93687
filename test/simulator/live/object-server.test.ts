import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObjectServer } from '../../../simulator/live/object-server.ts';
import { freePorts } from './free-ports.ts';

let server: ObjectServer;
let url = '';

beforeEach(async () => {
  const port = await freePorts(1);
  url = `http://127.0.0.1:${port}/votes/abc`;
  server = new ObjectServer('127.0.0.1', port, 'secret');
  await server.open();
});
afterEach(() => server.close());

const put = (body: string, token = 'secret') => fetch(url, { method: 'PUT', headers: { authorization: `Bearer ${token}` }, body });

describe('the object server', () => {
  it('answers with what was put, and 404 before', async () => {
    expect((await fetch(url)).status).toBe(404);
    expect((await put('drain')).status).toBe(200);
    expect(await (await fetch(url)).text()).toBe('drain');
  });

  it('takes writes from the holder of the token only', async () => {
    expect((await put('forged', 'guess!')).status).toBe(403);
    expect((await put('forged', 'much too long a guess')).status).toBe(403);
    expect((await fetch(url)).status).toBe(404);
  });

  it('refuses what is too large for a vote', async () => {
    const answer = await put('x'.repeat(5_000)).catch(() => null);
    expect(answer === null || answer.status === 413).toBe(true);
    expect((await fetch(url)).status).toBe(404);
  });

  it('keeps its objects over a time in which it refuses everybody', async () => {
    await put('drain');
    server.close();
    await expect(fetch(url)).rejects.toThrow();
    await server.open();
    expect(await (await fetch(url)).text()).toBe('drain');
  });
});
