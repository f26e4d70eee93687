import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

/** One call as the SDK sent it; `operation` is named as AWS names it (`PutItem`), or `GET /path` for REST services. */
export interface SeenCall {
  service: string;
  region: string;
  operation: string;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** What stands between the SDK and the emulator: answers by itself, changes the answer, or lets it pass. */
export type Interceptor = (call: SeenCall, forward: () => Promise<Answer>) => Promise<Answer | 'hang' | 'cut'>;

export interface FaultProxy {
  endpoint: string;
  /** Every call since the last `reset`, in order. */
  seen: SeenCall[];
  /** The newest interceptor is asked first; each decides whether the next one is. Answers a function that takes it out again. */
  intercept(interceptor: Interceptor): () => void;
  stop(): Promise<void>;
}

/** An HTTP proxy on loopback in front of the emulator, for faults that the emulator itself does not have. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const interceptors: Interceptor[] = [];
  const seen: SeenCall[] = [];
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing, target, interceptors, seen).catch((error: unknown) => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end(String(error));
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    seen,
    intercept(interceptor) {
      interceptors.push(interceptor);
      return () => void interceptors.splice(interceptors.indexOf(interceptor), 1);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: string,
  interceptors: readonly Interceptor[],
  seen: SeenCall[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const call = callOf(incoming, Buffer.concat(chunks));
  seen.push(call);
  const answer = await interceptors.reduce<() => Promise<Answer | 'hang' | 'cut'>>(
    (next, interceptor) => () =>
      interceptor(call, async () => {
        const answered = await next();
        if (typeof answered === 'string') throw new Error(`an inner interceptor said ${answered}`);
        return answered;
      }),
    () => forward(call, target),
  )();
  if (answer === 'hang') return;
  if (answer === 'cut') return void incoming.socket.destroy();
  outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
  outgoing.end(answer.body);
}

function forward(call: SeenCall, target: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const {
      'content-length': _length,
      'transfer-encoding': _encoding,
      connection: _connection,
      expect: _expect,
      ...headers
    } = call.headers;
    const outgoing = httpRequest(
      new URL(call.path, target),
      { method: call.method, headers: { ...headers, 'content-length': String(call.body.length) } },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(Buffer.from(chunk));
        const kept = Object.entries(response.headers).flatMap(([name, value]): [string, string][] =>
          value === undefined || name === 'content-length' || name === 'transfer-encoding' || name === 'connection'
            ? []
            : [[name, String(value)]],
        );
        resolve({ status: response.statusCode ?? 502, headers: Object.fromEntries(kept), body: Buffer.concat(chunks) });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(call.body);
  });
}

/** Service and region come from the signature's scope, the operation from the protocol that the service speaks. */
function callOf(incoming: IncomingMessage, body: Buffer): SeenCall {
  const path = incoming.url ?? '/';
  const method = incoming.method ?? 'GET';
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(String(incoming.headers.authorization ?? ''));
  const jsonTarget = String(incoming.headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1);
  const cborOperation = /\/service\/[^/]+\/operation\/(\w+)/.exec(path)?.[1];
  const isForm = String(incoming.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const queryAction = isForm ? new URLSearchParams(body.toString()).get('Action') : null;
  return {
    service: scope?.[2] ?? '',
    region: scope?.[1] ?? '',
    operation: jsonTarget || cborOperation || queryAction || `${method} ${path.split('?')[0]}`,
    method,
    path,
    headers: incoming.headers,
    body,
  };
}
