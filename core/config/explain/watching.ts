import { dependenciesOf, regionNames, regionsOfService } from '../derive.ts';
import { endpointsSeenFrom, inFailoverPace } from '../endpoints-seen.ts';
import type { Config, Deployment, Endpoint, Service } from '../schema.ts';
import { counted, duration, listed, percent } from './wording.ts';

/** What is probed, from where, how often. */
export function watching(config: Config): string[] {
  return [...config.services.flatMap((service) => ofService(config, service)), ...ofAws(config), totals(config), selfTest(config)];
}

function ofService(config: Config, service: Service): string[] {
  const needs = dependenciesOf(service).map((need) => (need.hard ? need.service : `${need.service} (softly)`));
  const facts = [
    `${service.name} is a tier ${service.tier} service of ${service.owner}${needs.length > 0 ? `; it needs ${listed(needs)}` : ''}.`,
    ...Object.entries(service.deployments).map(([region, deployment]) => inPlace(region, deployment)),
    service.peakPerSecond === undefined ? '' : `At peak it serves ${service.peakPerSecond} requests a second in all.`,
    service.allowedRegions === undefined ? '' : `Its traffic may be in ${listed(service.allowedRegions)} alone.`,
    service.endpoints.length === 0 ? 'Nothing of it is probed.' : '',
  ];
  return [facts.filter((fact) => fact !== '').join(' '), ...service.endpoints.map((endpoint) => ofEndpoint(config, service, endpoint))];
}

const unitNames = { ecs: 'task', asg: 'instance', lambda: 'concurrent execution' };

function inPlace(region: string, { kind, baselineUnits, minUnits, maxUnits, database }: Deployment): string {
  const store = database ? `, on ${database.id} (${database.kind})` : '';
  return `In ${region} it runs ${counted(baselineUnits, unitNames[kind])}, between ${minUnits} and ${maxUnits}${store}.`;
}

function ofEndpoint(config: Config, service: Service, endpoint: Endpoint): string {
  const { base, min, max } = (service.failover ? inFailoverPace(endpoint) : endpoint).intervalSeconds;
  const copies = endpoint.perRegion ? ` in ${listed(regionsOfService(config, service))}` : endpoint.region ? ` in ${endpoint.region}` : '';
  const from = endpoint.selfReport ? 'by its own region alone' : `from ${counted(config.regions.length, 'region')}`;
  const pace = min === max ? `every ${base} s` : `every ${base} s (${min} to ${max} s as its health changes)`;
  const holds = endpoint.conditions.length > 0 ? ` It passes when ${listed(endpoint.conditions)}.` : '';
  return `- ${endpoint.name} (${endpoint.dimension}): ${what(endpoint)}${copies}, ${from}, ${pace}.${holds}${limits(endpoint)}`;
}

function what(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'http': {
      const more = endpoint.journey.length;
      return `${endpoint.method} ${endpoint.url}${more > 0 ? ` and ${counted(more, 'request')} after it` : ''}`;
    }
    case 'tcp':
      return `a connection to ${endpoint.host}:${endpoint.port}`;
    case 'tls':
      return `a TLS handshake with ${endpoint.host}:${endpoint.port}`;
    case 'dns':
      return `the ${endpoint.dns.queryType} records of ${endpoint.dns.queryName}`;
  }
}

function limits({ thresholds }: Endpoint): string {
  if (!thresholds) return '';
  return ` Over ${thresholds.warningMs} ms is a warning, over ${thresholds.criticalMs} ms critical.`;
}

function ofAws(config: Config): string[] {
  if (config.awsEndpoints.length === 0) return [];
  const listing = config.awsEndpoints.map(({ service, priority }) => (priority === 'critical' ? `${service} (critical)` : service));
  const { dns, dnsCritical } = config.thresholds.latency;
  return [
    `Of AWS itself, ${listed(listing)} are probed in every region. A name that takes over ${dns.warningMs} ms to look up is a warning, over ${dns.criticalMs} ms critical; ${dnsCritical.warningMs} and ${dnsCritical.criticalMs} ms where the priority is critical.`,
  ];
}

function totals(config: Config): string {
  const counts = regionNames(config).map((vantage) => ({ vantage, count: endpointsSeenFrom(config, vantage).length }));
  const [first] = counts;
  if (counts.every(({ count }) => count === first?.count))
    return `That makes ${counted(first?.count ?? 0, 'endpoint')} to probe from each region.`;
  return `Endpoints to probe: ${listed(counts.map(({ vantage, count }) => `${count} from ${vantage}`))}.`;
}

function selfTest(config: Config): string {
  const names = config.selfTest.references.map(({ name }) => name);
  const { unhealthyShareSuspect, quorumStalenessSeconds } = config.thresholds;
  return `A region that cannot reach most of ${listed(names)} abstains, and one that sees more than ${percent(unhealthyShareSuspect)} of everything unhealthy at once suspects itself. What a region says counts for ${duration(quorumStalenessSeconds)}.`;
}
