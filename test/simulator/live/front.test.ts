import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Front, type Served } from '../../../simulator/live/front.ts';
import { freePorts } from './free-ports.ts';

const servers: Server[] = [];
let front: Front;
let units: { id: string; address: string; port: number }[] = [];
let served: Served[] = [];
let url = '';

async function unit(id: string, status = 200): Promise<{ id: string; address: string; port: number }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end(`${id} ${request.method} ${request.url}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const bound = server.address();
  return { id, address: '127.0.0.1', port: bound !== null && typeof bound === 'object' ? bound.port : 0 };
}

beforeEach(async () => {
  units = [];
  served = [];
  const port = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  front = new Front({ address: '127.0.0.1', port, units: () => units, onServed: (each) => void served.push(each) });
  await front.open();
});

afterEach(() => {
  front.close();
  for (const server of servers.splice(0)) server.closeAllConnections();
});

describe('the front of a service', () => {
  it('gives each request to the next unit that is in service', async () => {
    units = [await unit('a'), await unit('b')];
    const answers = [await (await fetch(url)).text(), await (await fetch(url)).text(), await (await fetch(url)).text()];
    expect(new Set(answers.slice(0, 2))).toEqual(new Set(['a GET /', 'b GET /']));
    expect(answers[2]).toBe(answers[0]);
  });

  it('takes a unit that was ejected out of the turn at once', async () => {
    const [a, b] = [await unit('a'), await unit('b')];
    units = [a, b];
    await fetch(url);
    units = [b];
    expect(await (await fetch(`${url}/x`)).text()).toBe('b GET /x');
    expect(await (await fetch(`${url}/x`)).text()).toBe('b GET /x');
  });

  it('passes method, path and status through and tells what was served', async () => {
    units = [await unit('a', 201)];
    const answer = await fetch(`${url}/orders?dryRun=true`, { method: 'POST', body: 'order' });
    expect([answer.status, await answer.text()]).toEqual([201, 'a POST /orders?dryRun=true']);
    expect(served).toMatchObject([{ status: 201 }]);
  });

  it('answers 503 without a unit and 502 for a unit that is gone', async () => {
    expect((await fetch(url)).status).toBe(503);
    units = [{ id: 'gone', address: '127.0.0.1', port: await freePorts(1) }];
    expect((await fetch(url)).status).toBe(502);
    expect(served.map(({ status }) => status)).toEqual([503, 502]);
  });

  it('cuts the requests under way when it is closed', async () => {
    const hanging = createServer((request) => void request.resume());
    hanging.listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    servers.push(hanging);
    const bound = hanging.address();
    units = [{ id: 'hangs', address: '127.0.0.1', port: bound !== null && typeof bound === 'object' ? bound.port : 0 }];
    const asked = once(hanging, 'request');
    const answer = fetch(url).then(
      () => 'answered',
      () => 'cut',
    );
    await asked;
    front.close();
    expect(await answer).toBe('cut');
  });

  it('refuses connections once it is closed, and serves again when it is opened', async () => {
    units = [await unit('a')];
    front.close();
    await expect(fetch(url)).rejects.toThrow();
    await front.open();
    expect((await fetch(url)).status).toBe(200);
  });
});
