import { dependenciesOf, regionsOfService } from '../../config/derive.ts';
import type { Config, Service } from '../../config/schema.ts';
import { alertRule, isCriticalName, isPast } from '../../knowledge/alert-rules.ts';
import { type FailureWindow, tallyOf, totalOf } from '../../knowledge/failure-windows.ts';
import type { Alarm, WatchState } from '../../knowledge/watch-state.ts';
import type { Capacity, ServiceState } from '../../model/index.ts';

/**
 * A condition of the catalogue as one look shows it. `since`: when it was first seen, where that is not now; `lastAt`: when last, where
 * it may be over already; `certain`: two witnesses agree, so that nothing is waited for.
 */
export type Finding = Pick<Alarm, 'alert' | 'service' | 'unit' | 'locus' | 'severity' | 'reason'> & {
  since?: number;
  lastAt?: number;
  certain?: boolean;
};

/** Below these a share says nothing; where the application measures errors, too, fewer will do. */
const unitFailuresMin = 3;
const serviceFailuresMin = 5;
const measuredFailuresMin = 2;
/** A service with one address gets fifteen looks in five minutes while it is calm (three slots a minute). */
const serviceLooksMin = 12;
const unitShareMin = 0.1;
/** A sick unit fails at least this many times as often as the others. */
const outlierFactor = 5;
/** What has not failed for this long is over, however bad the five minutes were. */
const recentMs = 120_000;

/**
 * Addresses that fail while the others are well: a tenth of their looks or more, five times the share of the rest, and fewer than half
 * of all addresses — more than that is the service, not a unit.
 */
export function sickAddresses(
  window: FailureWindow | undefined,
  now: number,
  failuresMin: number = unitFailuresMin,
): { address: string; reason: string }[] {
  const all = Object.entries(window?.addresses ?? {}).map(([address, tallies]) => ({ address, ...tallyOf(tallies, now) }));
  const seen = all.filter((each) => each.judged > 0 && each.address !== '-');
  const suspects = seen.filter((each) => each.failed >= failuresMin && each.failed / each.judged >= unitShareMin);
  const lately = totalOf(window, now, recentMs).failed;
  if (lately === 0 || suspects.length === 0 || suspects.length * 2 > seen.length) return [];
  const rest = totalOf(
    window,
    now,
    undefined,
    suspects.map((each) => each.address),
  );
  if (rest.judged === 0) return [];
  const restShare = rest.failed / rest.judged;
  return suspects
    .filter((each) => each.failed / each.judged >= outlierFactor * restShare)
    .map((each) => ({
      address: each.address,
      reason: `${each.address} failed ${each.failed} of ${each.judged} probes in 5 min, the other ${seen.length - suspects.length} addresses ${rest.failed} of ${rest.judged}`,
    }));
}

/** The share of failed probes over the addresses that are not sick by themselves; null: within the threshold, or too few looks. */
function errorRate(
  window: FailureWindow | undefined,
  now: number,
  except: readonly string[],
  config: Config,
  failuresMin: number,
): string | null {
  const { judged, failed } = totalOf(window, now, undefined, except);
  const rule = alertRule('error-rate');
  if (totalOf(window, now, recentMs, except).failed === 0) return null;
  if (rule === undefined || judged < serviceLooksMin || failed < failuresMin || !isPast(rule, failed / judged, config)) return null;
  return `${failed} of ${judged} probes failed in 5 min (${percent(failed / judged)}, ${percent(config.thresholds.errorRate)} are allowed)`;
}

/** What the probes of one slot, and those before it, say about the own region's services. */
export function probeFindings(
  config: Config,
  region: string,
  windows: Readonly<Record<string, FailureWindow>>,
  states: readonly ServiceState[],
  now: number,
  errorRates: WatchState['errorRates'] = {},
): Finding[] {
  const found = config.services
    .filter((service) => regionsOfService(config, service).includes(region))
    .flatMap((service) => [
      ...errorFindings(config, service, windows[service.name], now, errorRates[service.name]),
      ...stateFindings(config, service, region, states),
    ]);
  // A dependency that is down answers with errors, too: it is named by what it is to others.
  const down = found.filter((each) => each.alert === 'dependency-down').map((each) => each.service);
  return found.filter((each) => each.alert !== 'error-rate' || each.locus !== 'service' || !down.includes(each.service));
}

/**
 * Errors that probes see, held from the first failure that they saw. What the application itself measures above the limit is a second
 * witness: fewer failures will do, and nothing is waited for. Where probes see nothing it speaks alone, and is held for its duration.
 */
function errorFindings(
  config: Config,
  service: Service,
  window: FailureWindow | undefined,
  now: number,
  measured: { since: number; share: number } | undefined,
): Finding[] {
  const { name } = service;
  const words = measured === undefined ? '' : `; the application measures ${percent(measured.share)} errors`;
  const of = { alert: 'error-rate' as const, service: name, ...(measured === undefined ? {} : { certain: true }) };
  const unitMin = measured === undefined ? unitFailuresMin : measuredFailuresMin;
  const serviceMin = measured === undefined ? serviceFailuresMin : measuredFailuresMin;
  const sick = sickAddresses(window, now, unitMin);
  const addresses = sick.map((each) => each.address);
  const units = sick.map(({ address, reason }): Finding => {
    return { ...of, unit: address, locus: 'unit', reason: `${reason}${words}`, ...seenIn(window, (each) => each === address) };
  });
  const rate = errorRate(window, now, addresses, config, serviceMin);
  if (rate !== null)
    return [
      ...units,
      { ...of, locus: 'service', reason: `${name}: ${rate}${words}`, ...seenIn(window, (each) => !addresses.includes(each)) },
    ];
  if (window !== undefined || measured === undefined) return units;
  const alone = `the application of ${name} measures ${percent(measured.share)} errors, ${percent(config.thresholds.errorRate)} are allowed; probes see none`;
  return [{ alert: 'error-rate', service: name, locus: 'service', reason: alone, since: measured.since }];
}

/** When the addresses asked for first and last failed, in whole buckets. */
function seenIn(window: FailureWindow | undefined, asked: (address: string) => boolean): { since: number; lastAt: number } {
  const failed = Object.entries(window?.addresses ?? {}).flatMap(([address, tallies]) =>
    asked(address) ? tallies.flatMap((tally) => (tally.failed > 0 ? [tally.at] : [])) : [],
  );
  return { since: Math.min(...failed), lastAt: Math.max(...failed) };
}

function stateFindings(config: Config, service: Service, region: string, states: readonly ServiceState[]): Finding[] {
  const found: Finding[] = [];
  const own = stateOf(states, service.name, region);
  for (const [name, endpoint] of Object.entries(own?.endpoints ?? {})) {
    if (endpoint.certificateDays !== undefined && endpoint.certificateDays < config.thresholds.certificateDays)
      found.push({
        alert: 'certificate',
        service: service.name,
        locus: 'service',
        reason: `the certificate of ${service.name} ${name} expires in ${endpoint.certificateDays.toFixed(1)} days, ${config.thresholds.certificateDays} are the least`,
      });
    if (isCriticalName(service, name) && endpoint.failures >= config.thresholds.failureCount)
      found.push({
        alert: 'critical-dns',
        service: service.name,
        locus: 'service',
        reason: `the critical name of ${service.name} ${name} failed ${endpoint.failures} lookups in a row: ${endpoint.reason}`,
      });
  }
  return [...found, ...dependencyFindings(config, service, region, states)];
}

/** A dependency that nobody here can repair: an AWS service, or one that is deployed by somebody else. What can be is alarmed by itself. */
function dependencyFindings(config: Config, service: Service, region: string, states: readonly ServiceState[]): Finding[] {
  return dependenciesOf(service).flatMap(({ service: name, hard }): Finding[] => {
    const state = stateOf(states, name, region);
    const repairable = config.services.find((each) => each.name === name)?.deployments[region] !== undefined;
    if (!hard || repairable || state?.health.status !== 'unhealthy') return [];
    return [
      { alert: 'dependency-down', service: name, locus: 'dependency', reason: `${service.name} needs ${name}: ${state.health.reason}` },
    ];
  });
}

/** The zone whose units are all sick while every other zone has one that is well; null when it is no zone. */
export function sickZone(capacity: Capacity, sick: readonly string[]): string | null {
  const isSick = (unit: Capacity['units'][number]) => sick.includes(unit.id) || !unit.healthy;
  const zones = Map.groupBy(
    capacity.units.filter((unit) => !unit.ejected),
    (unit) => unit.zone,
  );
  if (zones.size < 2) return null;
  const dark = [...zones].filter(([, units]) => units.every(isSick));
  const [zone, units] = dark[0] ?? [];
  if (zone === undefined || units === undefined || dark.length > 1) return null;
  const others = [...zones].filter(([name]) => name !== zone).flatMap(([, each]) => each);
  // One unit that answers its health check is a sick unit; a zone is dark for the platform too, or for several units.
  const isZone = units.length > 1 || units.every((unit) => !unit.healthy);
  return isZone && !others.some(isSick) && sick.every((address) => units.some((unit) => unit.id === address)) ? zone : null;
}

export function stateOf(states: readonly ServiceState[], service: string, region: string): ServiceState | undefined {
  return states.find((state) => state.health.subject.service === service && state.health.subject.region === region);
}

export function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
