/**
 * One unit (task, instance) of a service in one region: an HTTP server in a process of its own. It knows no service in particular:
 * it answers every path alike, as its mode says. It ends when its parent does.
 */
import { createServer } from 'node:http';

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** well; cold: it never becomes ready; errors: it answers 500; grey: only its health check does not; slow: it answers late; leaking. */
export type UnitMode = 'well' | 'cold' | 'errors' | 'grey' | 'slow' | 'leaking';

const slowMs = 2_500;
const reportMs = 1_000;
const leakBytes = 8 * 1024 * 1024;
const [service = '', region = '', unit = '', address = '127.0.0.1', firstMode = 'well', healthPath = '/', memoryText = '0'] =
  process.argv.slice(2);
/** Bytes of the task. */
const memory = Number(memoryText);
/** A leak goes on to nine tenths of the task's memory: the platform would end it soon after. */
const leakShare = 0.9;
let mode = firstMode;
let kept: Buffer[] = [];
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const server = createServer((request, response) => {
  request.resume();
  if (request.url?.startsWith('/_script/')) repair();
  const answer = () => {
    const fails = mode === 'errors' || (mode === 'grey' && request.url !== healthPath);
    const status = mode === 'cold' ? 503 : fails ? 500 : request.method === 'POST' ? 201 : 200;
    const body = { status: status < 400 ? 'ok' : mode === 'cold' ? 'starting' : 'failing', service, region, unit };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (mode === 'slow') setTimeout(answer, slowMs);
  else answer();
});

/** A document run on the unit: what was wrong with its memory, caches and pools is gone. */
function repair(): void {
  kept = [];
  collect();
  if (mode !== 'cold') mode = 'well';
}

setInterval(() => {
  if (mode === 'leaking' && process.memoryUsage.rss() + leakBytes < leakShare * memory) kept.push(Buffer.alloc(leakBytes, 1));
  process.send?.({ memoryShare: process.memoryUsage.rss() / memory });
}, reportMs);
process.on('message', (message) => {
  if (typeof message === 'string') mode = message;
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
process.on('SIGINT', () => {});
server.listen(0, address, () => {
  const bound = server.address();
  if (bound !== null && typeof bound === 'object') process.send?.({ port: bound.port });
});
