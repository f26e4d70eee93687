import { defaultPlaybooks } from '../default-playbooks.ts';
import { type Draft, each, entriesOf, namesOf } from '../draft.ts';
import { suggest } from '../nearest.ts';
import type { Finding, Path } from '../problem.ts';
import { defaultAwsEndpoints } from '../schema/aws-endpoint.ts';

type ServiceDraft = NonNullable<NonNullable<Draft['services']>[number]>;

/** Whatever names something else names something that is there. */
export function* references(draft: Draft): Generator<Finding> {
  for (const [index, service] of each(draft.services)) yield* ofService(draft, ['services', index], service);
  for (const [index, group] of each(draft.trafficGroups)) {
    const at: Path = ['trafficGroups', index];
    for (const [position, record] of each(group.records)) {
      for (const [region] of entriesOf(record.regions)) yield* knownRegion(draft, [...at, 'records', position, 'regions', region], region);
    }
    for (const [region] of entriesOf(group.cloudFront?.origins))
      yield* knownRegion(draft, [...at, 'cloudFront', 'origins', region], region);
    yield* knownAccount(draft, [...at, 'zone', 'account'], group.zone?.account);
  }
}

function* ofService(draft: Draft, at: Path, service: ServiceDraft): Generator<Finding> {
  for (const [index, dependency] of each(service.dependsOn)) {
    const path = [...at, 'dependsOn', index];
    const given = [dependency.service, dependency.aws].filter((name) => name !== undefined);
    if (given.length !== 1) {
      yield {
        path,
        message: given.length === 0 ? 'the dependency names nothing' : 'the dependency names two things at once',
        remedy: 'Give exactly one of service (a service of this file) and aws (a service of the catalogue).',
      };
    }
    yield* known('service', namesOf(draft.services), [...path, 'service'], dependency.service);
    yield* known('AWS service', awsNames(draft), [...path, 'aws'], dependency.aws);
  }
  yield* known('traffic group', namesOf(draft.trafficGroups), [...at, 'trafficGroup'], service.trafficGroup);
  for (const [index, region] of each(service.allowedRegions)) yield* knownRegion(draft, [...at, 'allowedRegions', index], region);
  for (const [index, endpoint] of each(service.endpoints)) {
    const path = [...at, 'endpoints', index];
    yield* knownRegion(draft, [...path, 'region'], endpoint.region);
    for (const [vantage] of entriesOf(endpoint.thresholds?.perVantage)) {
      yield* knownRegion(draft, [...path, 'thresholds', 'perVantage', vantage], vantage);
    }
  }
  for (const [region, deployment] of entriesOf(service.deployments)) {
    const path = [...at, 'deployments', region];
    yield* knownRegion(draft, path, region);
    yield* knownAccount(draft, [...path, 'account'], deployment.account);
    yield* knownRegion(draft, [...path, 'database', 'writerRegion'], deployment.database?.writerRegion);
  }
  const playbooks = [...namesOf(draft.playbooks), ...defaultPlaybooks.map(({ name }) => name)];
  for (const [alert, playbook] of entriesOf(service.playbooks)) yield* known('playbook', playbooks, [...at, 'playbooks', alert], playbook);
}

function awsNames(draft: Draft): string[] {
  return (draft.awsEndpoints ?? defaultAwsEndpoints).flatMap((entry) => entry?.service ?? []);
}

function knownRegion(draft: Draft, path: Path, region: string | undefined): Generator<Finding> {
  return known('region', namesOf(draft.regions), path, region);
}

function* knownAccount(draft: Draft, path: Path, account: string | undefined): Generator<Finding> {
  const ids = [...(draft.accounts ?? []).map((entry) => entry?.id), ...(draft.regions ?? []).map((region) => region?.account)];
  if (account === undefined || ids.includes(account)) return;
  yield {
    path,
    message: `the account ${account} is neither that of a region nor listed in accounts`,
    remedy: 'List it in accounts with the role and the external id that evenkeel assumes there.',
  };
}

function* known(kind: string, names: string[], path: Path, name: string | undefined): Generator<Finding> {
  if (name === undefined || names.includes(name)) return;
  yield { path, message: `there is no ${kind} ${JSON.stringify(name)}`, remedy: suggest(name, names, `${kind}s`) };
}
