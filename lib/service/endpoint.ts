import type { ConfigInput } from '../../core/config/schema.ts';

type EndpointInput = NonNullable<ConfigInput['services'][number]['endpoints']>[number];

export interface HttpsOptions {
  /**
   * What must hold, as gatus writes it.
   * @default ['[STATUS] < 400']
   */
  conditions?: string[];
  /**
   * Seconds between probes in calm times.
   * @default 30
   */
  intervalSeconds?: number;
  /**
   * Name of the endpoint, unique in its service.
   * @default 'endpoint-1', 'endpoint-2', …
   */
  name?: string;
}

export interface TcpOptions {
  /**
   * Name of the endpoint, unique in its service.
   * @default 'endpoint-1', 'endpoint-2', …
   */
  name?: string;
}

/** What is probed. `{region}` in a url or host stands for each region of the service. */
export class Endpoint {
  static https(url: string, options: HttpsOptions = {}): Endpoint {
    if (!/^https?:\/\//.test(url)) throw new Error(`an endpoint's url starts with https://, got ${JSON.stringify(url)}`);
    const { conditions, intervalSeconds, name } = options;
    return new Endpoint(name, {
      kind: 'http',
      url,
      perRegion: url.includes('{region}'),
      ...(conditions !== undefined && { conditions }),
      ...(intervalSeconds !== undefined && { intervalSeconds: { base: intervalSeconds } }),
    });
  }

  static tcp(host: string, port: number, { name }: TcpOptions = {}): Endpoint {
    return new Endpoint(name, { kind: 'tcp', host, port, perRegion: host.includes('{region}') });
  }

  readonly #name: string | undefined;
  readonly #input: object;

  private constructor(name: string | undefined, input: object) {
    this.#name = name;
    this.#input = input;
  }

  /** The entry of the configuration; the schema checks it with the rest. */
  toConfig(index: number): EndpointInput {
    return { name: this.#name ?? `endpoint-${index + 1}`, ...this.#input } as EndpointInput;
  }
}
