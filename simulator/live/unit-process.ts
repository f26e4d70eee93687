/**
 * One unit (task, instance) of a service in one region: an HTTP server in a process of its own. It knows no service in particular:
 * it answers every path alike, as its mode says. It ends when its parent does.
 */
import { createServer } from 'node:http';

/** well; cold: it never becomes ready; errors: it answers 500; slow: it answers late. */
export type UnitMode = 'well' | 'cold' | 'errors' | 'slow';

const slowMs = 2_500;
const [service = '', region = '', unit = '', address = '127.0.0.1', firstMode = 'well'] = process.argv.slice(2);
let mode = firstMode;

const server = createServer((request, response) => {
  request.resume();
  // A document run on the unit: what was wrong with its caches and pools is gone.
  if (request.url?.startsWith('/_script/') && (mode === 'errors' || mode === 'slow')) mode = 'well';
  const answer = () => {
    const status = mode === 'cold' ? 503 : mode === 'errors' ? 500 : request.method === 'POST' ? 201 : 200;
    const body = { status: status < 400 ? 'ok' : mode === 'cold' ? 'starting' : 'failing', service, region, unit };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (mode === 'slow') setTimeout(answer, slowMs);
  else answer();
});

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
