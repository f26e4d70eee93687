import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import type { Socket } from 'node:net';
import type { ExchangeRequest, HttpResponse } from '../../core/ports/network.ts';
import type { Failure } from './failure.ts';

type HttpPart = NonNullable<ExchangeRequest['http']>;

export interface RequestEvents {
  firstByte(): void;
  answered(response: HttpResponse): void;
  failed(cause: Error | Failure): void;
}

/** Interim answers (1xx) before the real one; a server may send them without end. */
const interimMax = 8;

/** One HTTP/1.1 request over a connected socket, with Node's parser and every part of the answer bounded. */
export function sendRequest(socket: Socket, http: HttpPart, events: RequestEvents): void {
  const { method, path, headers, body, limits } = http;
  let request: ClientRequest;
  try {
    request = requestHttp({ createConnection: () => socket, method, path, headers, setHost: false, maxHeaderSize: limits.headerBytes });
  } catch (cause) {
    // A header or path that cannot be written says nothing about the server.
    events.failed({ kind: 'observer', reason: `the request cannot be written: ${String(cause)}` });
    return;
  }
  // One more than allowed, so that the parser does not cut the headers silently at the limit.
  request.maxHeadersCount = limits.headers + 1;
  let interim = 0;
  request.on('information', () => {
    if (++interim > interimMax) events.failed({ kind: 'limit', reason: `more than ${interimMax} interim answers` });
  });
  request.on('error', events.failed);
  // Before the parser's own listener, which would already have seen the end of a small answer.
  request.on('socket', () => socket.prependOnceListener('data', events.firstByte));
  request.on('response', (response) => readAnswer(response, limits, events));
  request.end(body);
}

function readAnswer(response: IncomingMessage, limits: HttpPart['limits'], events: RequestEvents): void {
  if (response.rawHeaders.length / 2 > limits.headers) {
    events.failed({ kind: 'limit', reason: `more than ${limits.headers} headers` });
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('error', events.failed);
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limits.bodyBytes) events.failed({ kind: 'limit', reason: `body of more than ${limits.bodyBytes} bytes` });
    else chunks.push(chunk);
  });
  response.on('end', () => {
    const { location } = response.headers;
    events.answered({
      status: response.statusCode ?? 0,
      ...(location === undefined ? {} : { location }),
      setCookie: response.headers['set-cookie'] ?? [],
      body: Buffer.concat(chunks).toString('utf8'),
    });
  });
}
