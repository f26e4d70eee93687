import { awsServiceName, regionNames, regionsOfService } from '../core/config/derive.ts';
import { nearest } from '../core/config/nearest.ts';
import type { Config } from '../core/config/schema.ts';
import { forbiddableCalls } from './expectation.ts';
import { documentsOf } from './host/shared-state.ts';
import type { Scenario, ScenarioProblem } from './scenario.ts';
import type { Fault } from './world/fault.ts';
import { addressesOf } from './world/service-region.ts';
import { awsName } from './world/weather.ts';

/** What the scenario says that its configuration does not know, and times that cannot be. */
export function scenarioProblems(scenario: Scenario, config: Config): ScenarioProblem[] {
  const problems = scenario.faults.flatMap((fault, index) => faultProblems(fault, `faults.${index}`, scenario, config));
  for (const [index, order] of (scenario.orders ?? []).entries())
    problems.push(...orderProblems(order, `orders.${index}`, scenario, config));
  for (const [index, { cause }] of (scenario.truth ?? []).entries())
    if (!isPlace(cause, config))
      problems.push({
        ...{ path: `truth.${index}.cause`, value: cause, message: 'is no place of the configuration' },
        remedy: 'write region, region/zone, service/region, service/region/unit, or aws-dynamodb/region',
      });
  return [...problems, ...expectProblems(scenario, config)];
}

function expectProblems({ expect, minutes }: Scenario, config: Config): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const regions = regionNames(config);
  for (const [index, each] of (expect.ends ?? []).entries()) {
    for (const [service, names] of Object.entries(each.traffic ?? {})) {
      const path = `expect.ends.${index}.traffic.${service}`;
      problems.push(
        ...known(path, service, servicesOf(config), 'service'),
        ...names.flatMap((name) => known(path, name, regions, 'region')),
      );
    }
    for (const [group, region] of Object.entries(each.origin ?? {}))
      problems.push(
        ...known(
          `expect.ends.${index}.origin.${group}`,
          group,
          config.trafficGroups.flatMap(({ name, cloudFront }) => (cloudFront === undefined ? [] : [name])),
          'traffic group with a distribution',
        ),
        ...known(`expect.ends.${index}.origin.${group}`, region, regions, 'region'),
      );
    const deployments = config.services.flatMap(({ name }) => regions.map((region) => `${name}/${region}`));
    for (const field of ['release', 'ejected'] as const)
      for (const key of Object.keys(each[field] ?? {}))
        problems.push(...known(`expect.ends.${index}.${field}.${key}`, key, deployments, 'service/region'));
  }
  problems.push(...(expect.neverInto ?? []).flatMap((name) => known('expect.neverInto', name, regions, 'region')));
  const calls = [...forbiddableCalls, ...regions.map((region) => `region:${region}`)];
  for (const [index, name] of (expect.forbidden ?? []).entries())
    problems.push(...known(`expect.forbidden.${index}`, name, calls, 'call that is watched, and no region'));
  if (expect.steadyFromMinute !== undefined && expect.steadyFromMinute >= minutes)
    problems.push(afterTheEnd('expect.steadyFromMinute', expect.steadyFromMinute, minutes));
  return problems;
}

type Order = NonNullable<Scenario['orders']>[number];

function orderProblems({ at, in: asked, order }: Order, path: string, scenario: Scenario, config: Config): ScenarioProblem[] {
  const problems = known(`${path}.in`, asked, regionNames(config), 'region');
  if (at > scenario.minutes) problems.push(afterTheEnd(`${path}.at`, at, scenario.minutes));
  if ('region' in order) problems.push(...known(`${path}.order.region`, order.region, regionNames(config), 'region'));
  if ('service' in order) problems.push(...known(`${path}.order.service`, order.service, servicesOf(config), 'service'));
  const groups = config.trafficGroups.map((group) => group.name);
  if ('group' in order) problems.push(...known(`${path}.order.group`, order.group, groups, 'traffic group'));
  return problems;
}

function afterTheEnd(path: string, value: number, minutes: number): ScenarioProblem {
  return { path, value, message: `is after the end at minute ${minutes}`, remedy: 'begin it earlier or lengthen minutes' };
}

/** region, region/zone, service/region, service/region/unit, aws-dynamodb/region. */
function isPlace(cause: string, config: Config): boolean {
  const [first = '', second = ''] = cause.split('/');
  const regions = regionNames(config);
  if (regions.includes(first)) return true;
  const isService = servicesOf(config).includes(first) || first.startsWith(awsServiceName(''));
  return isService && (second === '' || regions.includes(second));
}

function faultProblems(fault: Fault, path: string, scenario: Scenario, config: Config): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const { at, until, every, times } = fault;
  if (at > scenario.minutes) problems.push(afterTheEnd(`${path}.at`, at, scenario.minutes));
  if (until !== undefined && until <= at)
    problems.push({
      path: `${path}.until`,
      value: until,
      message: `ends before it starts at minute ${at}`,
      remedy: 'give an end after at, or none',
    });
  if ((every !== undefined || times !== undefined) && (every === undefined || times === undefined || until === undefined))
    problems.push({
      path,
      value: { every, times, until },
      message: 'comes and goes without saying how',
      remedy: 'give every, times and until together',
    });
  else if (every !== undefined && until !== undefined && every <= until - at)
    problems.push({
      path: `${path}.every`,
      value: every,
      message: 'begins again before it has ended',
      remedy: 'make every longer than until minus at',
    });
  const where: Record<string, unknown> = fault.where;
  for (const key of ['region', 'peer']) {
    const value = where[key];
    if (typeof value === 'string' && !(key === 'region' && isGlobalApi(fault)))
      problems.push(...known(`${path}.where.${key}`, value, regionNames(config), 'region'));
  }
  if (typeof where.service === 'string') problems.push(...serviceProblems(fault, where.service, `${path}.where.service`, config));
  if (fault.kind === 'script-fails')
    problems.push(...known(`${path}.where.document`, fault.where.document, Object.keys(documentsOf(config).documents), 'script'));
  if ('address' in where && typeof where.address === 'number') problems.push(...addressProblems(where, path, config));
  if ('peer' in where && where.peer === where.region)
    problems.push({ path: `${path}.where.peer`, value: where.peer, message: 'is the region itself', remedy: 'name another region' });
  return problems;
}

function addressProblems(where: Record<string, unknown>, path: string, config: Config): ScenarioProblem[] {
  const service = config.services.find((each) => each.name === where.service);
  if (service === undefined) return [];
  const regions = typeof where.region === 'string' ? [where.region] : regionsOfService(config, service);
  const most = Math.max(...regions.map((region) => addressesOf(config, service, region).length));
  if (Number(where.address) <= most) return [];
  const message = `is more than the ${most} addresses that ${service.name} has there`;
  return [{ path: `${path}.where.address`, value: where.address, message, remedy: `count from 1 to ${most}, or leave it out for all` }];
}

/** APIs that live in one region for all, whether or not evenkeel runs there. */
function isGlobalApi(fault: Fault): boolean {
  return fault.kind === 'api-down' && ['route53', 'iam', 'cloudfront', 'console'].includes(awsName(fault.where.service));
}

/** Kinds that may strike an AWS service as well as one of the configuration. */
const awsKinds: readonly string[] = ['dns', 'api-down', 'api-throttle', 'api-lie', 'api-late'];

/** AWS services that evenkeel or applications call; a scenario may strike one that the catalogue does not watch. */
const awsServices = [
  ...['autoscaling', 'cloudformation', 'cloudfront', 'cloudwatch', 'cognito', 'console', 'dynamodb', 'ebs', 'ec2', 'ecs', 'eks', 'elb'],
  ...['events', 'firehose', 'iam', 'kinesis', 'lambda', 'logs', 'rds', 'redshift', 'route53', 's3', 'servicequotas', 'sns', 'sqs', 'ssm'],
  ...['states', 'sts', 'apigateway', 'glue'],
];

function servicesOf(config: Config): string[] {
  return config.services.map((service) => service.name);
}

function serviceProblems(fault: Fault, service: string, path: string, config: Config): ScenarioProblem[] {
  const aws = awsKinds.includes(fault.kind) ? [...awsServices, ...config.awsEndpoints.map((each) => each.service)] : [];
  if (aws.includes(awsName(service))) return [];
  const found = known(path, service, [...servicesOf(config), ...aws], 'service');
  const { endpoint } = fault.where as { endpoint?: string };
  if (found.length > 0 || endpoint === undefined) return found;
  const endpoints = config.services.find((each) => each.name === service)?.endpoints.map((each) => each.name) ?? [];
  return known(path.replace(/service$/, 'endpoint'), endpoint, endpoints, 'endpoint');
}

function known(path: string, value: string, names: readonly string[], what: string): ScenarioProblem[] {
  if (names.includes(value)) return [];
  const guess = nearest(value, [...names]);
  return [
    {
      path,
      value,
      message: `is no ${what} of the configuration`,
      remedy: guess === undefined ? `use one of ${names.join(', ')}` : `did you mean ${guess}? Known: ${names.join(', ')}`,
    },
  ];
}
