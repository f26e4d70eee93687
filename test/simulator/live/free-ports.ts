import { once } from 'node:events';
import { createServer } from 'node:net';

let next = 20_000 + (process.pid % 1_000) * 30;

/**
 * The first of `count` ports in a row that are free on 127.0.0.1 now. Each test process looks from another place on, and no port is given
 * twice: a client may hold a connection to a server that is gone.
 */
export async function freePorts(count: number): Promise<number> {
  for (; next < 60_000; next += count) {
    const first = next;
    const free = await Promise.all(Array.from({ length: count }, (_, n) => isFree(first + n)));
    if (!free.every(Boolean)) continue;
    next += count;
    return first;
  }
  throw new Error(`there are no ${count} free ports in a row`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const listens = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (listens) {
    server.close();
    await once(server, 'close');
  }
  return listens;
}
