import type { Config, Dependency, Service, TrafficGroup } from './schema.ts';

/** What follows from a configuration. All of it is pure and cheap; names in, names out. */

export function regionNames(config: Config): string[] {
  return config.regions.map((region) => region.name);
}

function findGroup(config: Config, name: string): TrafficGroup | undefined {
  return config.trafficGroups.find((group) => group.name === name);
}

export function findService(config: Config, name: string): Service | undefined {
  return config.services.find((service) => service.name === name);
}

export function servicesOfGroup(config: Config, group: string): Service[] {
  return config.services.filter((service) => service.trafficGroup === group);
}

/** Regions that a record of the group answers with, in the order of the configuration. */
export function regionsOfGroup(config: Config, group: string): string[] {
  const records = findGroup(config, group)?.records ?? [];
  return regionNames(config).filter((region) => records.some((record) => region in record.regions));
}

/** Regions that a service runs in: its deployments, else those of its traffic group, else all. */
export function regionsOfService(config: Config, service: Service): string[] {
  const all = regionNames(config);
  const deployed = all.filter((region) => region in service.deployments);
  if (deployed.length > 0) return deployed;
  const served = service.trafficGroup === undefined ? [] : regionsOfGroup(config, service.trafficGroup);
  return served.length > 0 ? served : all;
}

/**
 * Regions that the traffic of a group may go to when `impaired` is given up: in the group's records, run by every
 * service of the group, and allowed for each (data residency). Health is judged elsewhere; the order is that of the file.
 */
export function failoverCandidates(config: Config, group: string, impaired: string): string[] {
  const services = servicesOfGroup(config, group);
  return regionsOfGroup(config, group).filter(
    (region) =>
      region !== impaired &&
      services.every((service) => (service.allowedRegions?.includes(region) ?? true) && regionsOfService(config, service).includes(region)),
  );
}

/** Name by which samples, health and incidents know an AWS service of the catalogue: dynamodb → aws-dynamodb. */
export function awsServiceName(aws: string): string {
  return `aws-${aws}`;
}

/** Names, as subjects carry them, of what a service needs directly. */
export function dependenciesOf(service: Service): { service: string; hard: boolean }[] {
  return service.dependsOn.map((dependency) => ({ service: dependencyName(dependency), hard: dependency.hard }));
}

/** payments, or aws-dynamodb for a service of the catalogue. */
function dependencyName(dependency: Dependency): string {
  return dependency.service ?? awsServiceName(dependency.aws ?? '');
}
