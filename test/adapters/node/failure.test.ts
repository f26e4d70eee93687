import { expect, test } from 'vitest';
import { failureOf } from '../../../adapters/node/failure.ts';

function coded(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'no-route'],
  ['EADDRNOTAVAIL', 'no-route'],
  ['EMFILE', 'observer'],
  ['HPE_HEADER_OVERFLOW', 'limit'],
  ['HPE_INVALID_CONSTANT', 'protocol'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
])('%s is a failure of kind %s', (code, kind) => {
  expect(failureOf(coded(code), 'connect').kind).toBe(kind);
});

test('what OpenSSL says is cut down to its sentence', () => {
  const message =
    '80B2A5E:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl/record/ssl3_record.c:354:\n';
  const { reason } = failureOf(coded('ERR_SSL_WRONG_VERSION_NUMBER', message), 'tls');
  expect(reason).toBe('wrong version number in the TLS handshake (ERR_SSL_WRONG_VERSION_NUMBER)');
});
