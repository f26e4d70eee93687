/**
 * The cookies of one journey: name and value by host, for the requests that follow. Paths, domains and lifetimes are left out, since a
 * journey is over in seconds; a cookie never leaves the host that set it, and a Secure one never travels in clear text.
 */
export type CookieJar = Map<string, { value: string; secure: boolean }>;

/** A hostile server may set cookies without end. */
const cookiesMax = 50;

export function storeCookies(jar: CookieJar, url: URL, setCookie: string[]): void {
  for (const line of setCookie) {
    const [pair = '', ...attributes] = line.split(';');
    const separator = pair.indexOf('=');
    if (separator < 1 || jar.size >= cookiesMax) continue;
    const name = pair.slice(0, separator).trim();
    const secure = attributes.some((attribute) => attribute.trim().toLowerCase() === 'secure');
    jar.set(`${url.hostname} ${name}`, { value: pair.slice(separator + 1).trim(), secure });
  }
}

/** The Cookie header for a request, or `undefined`. */
export function cookieHeader(jar: CookieJar, url: URL): string | undefined {
  const prefix = `${url.hostname} `;
  const pairs = [...jar]
    .filter(([key, { secure }]) => key.startsWith(prefix) && (!secure || url.protocol === 'https:'))
    .map(([key, { value }]) => `${key.slice(prefix.length)}=${value}`);
  return pairs.length === 0 ? undefined : pairs.join('; ');
}
