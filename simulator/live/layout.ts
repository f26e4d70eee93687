import type { Config } from '../../core/config/schema.ts';

/** Ports of the live world, from the first one up; every region has the same ports on addresses of its own. */
interface LivePorts {
  page: number;
  dns: number;
  services: number;
  objects: number;
  references: number;
}

export const defaultPort = 7310;

function portsFrom(first: number): LivePorts {
  return { page: first, dns: first + 1, services: first + 2, objects: first + 3, references: first + 4 };
}

const servicesMax = 90;
const catalogueMax = 150;

/** Who has which address: 127.0.0.* is the world at large, 127.0.n.* the n-th region. */
export interface Layout {
  ports: LivePorts;
  nameServers: string[];
  references: string[];
  /** Where the region's votes are kept. */
  objects(region: string): string;
  front(service: string, region: string): string;
  aws(service: string, region: string): string;
}

export function createLayout(config: Config, firstPort: number): Layout {
  const regions = config.regions.map(({ name }) => name);
  const services = config.services.map(({ name }) => name);
  const catalogue = config.awsEndpoints.map(({ service }) => service);
  if (services.length > servicesMax || catalogue.length > catalogueMax)
    throw new Error(`the live world has room for ${servicesMax} services and ${catalogueMax} AWS services of the catalogue`);
  const host = (region: string, last: number) => `127.0.${indexOf(regions, region) + 1}.${last}`;
  return {
    ports: portsFrom(firstPort),
    nameServers: ['127.0.0.41', '127.0.0.42'],
    references: ['127.0.0.51', '127.0.0.52'],
    objects: (region) => host(region, 5),
    front: (service, region) => host(region, 10 + indexOf(services, service)),
    aws: (service, region) => host(region, 101 + indexOf(catalogue, service)),
  };
}

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new Error(`the live world has no ${JSON.stringify(name)}; it has ${names.join(', ')}`);
  return index;
}

/**
 * IPv6 has one loopback address only, and three regions need several: an IPv4-mapped address is reached over an IPv6 socket all the same.
 */
export function mappedIpv6(address: string): string {
  return `::ffff:${address}`;
}
