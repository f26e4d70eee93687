/** The live world cannot start on this machine as it is; the message says what to do. */
export class LiveStartError extends Error {
  override readonly name = 'LiveStartError';
}

/** What a person can do about a socket that could not be opened. */
export function bindFailure(cause: unknown, address: string, port: number): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  const where = `${address} port ${port}`;
  if (code === 'EADDRINUSE')
    return new LiveStartError(
      `${where} is taken: another \`npm start\` or another program listens there. End it, or choose other ports with --port (each copy takes five).`,
      { cause },
    );
  if (code === 'EADDRNOTAVAIL')
    return new LiveStartError(
      `${where} cannot be used: this machine has no such loopback address. Linux has all of 127.0.0.0/8; elsewhere add it, on macOS: sudo ifconfig lo0 alias ${address}`,
      { cause },
    );
  if (code === 'EACCES')
    return new LiveStartError(`${where} is not allowed for this user: choose a port above 1023 with --port.`, { cause });
  return new LiveStartError(`${where} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
