import { generate } from 'selfsigned';

export interface Identity {
  key: string;
  cert: string;
}

const dayMs = 86_400_000;

/** A self-signed certificate for `name`, valid from `fromDays` to `toDays` from now. It may act as its own authority. */
export async function identityFor(name: string, { fromDays = -1, toDays = 30 } = {}): Promise<Identity> {
  const now = Date.now();
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now + fromDays * dayMs),
    notAfterDate: new Date(now + toDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
  return { key, cert };
}
