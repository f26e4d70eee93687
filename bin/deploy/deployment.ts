import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { regionsOfGroup } from '../../core/config/derive.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import { Json } from '../../core/model/index.ts';
import type { Clock } from '../../core/ports/index.ts';
import { namesOf } from '../../lib/names.ts';
import type { CdkCli } from './cdk-cli.ts';
import type { Cloud } from './cloud.ts';
import type { DeployPorts } from './drive.ts';
import { heardIn, openWork } from './open-work.ts';
import type { DeployState, GroupState, RegionState, StackKind } from './plan.ts';
import { attachChanges, attachedState, detachChanges } from './records.ts';
import type { StackLook } from './stack-looks.ts';

export interface DeploymentParts {
  config: Config;
  cloud: Pick<Cloud, 'stack' | 'store' | 'healthyMinutes' | 'records' | 'change' | 'account'>;
  cdk: Pick<CdkCli, 'bootstrap' | 'deploy' | 'destroy'>;
  clock: Clock;
  /** Folder of the cloud assembly; null while removing: nothing is compared with the sources then. */
  assembly: string | null;
  recordsReleased: boolean;
  tell: (line: string) => void;
}

/** The ports of the driver over AWS. */
export function deploymentPorts(parts: DeploymentParts): DeployPorts {
  const { cloud, cdk, clock, config, tell } = parts;
  const groupOf = (name: string) => {
    const group = config.trafficGroups.find((each) => each.name === name);
    if (group === undefined) throw new Error(`no traffic group ${name}`);
    return group;
  };
  return {
    clock,
    tell,
    read: () => readState(parts),
    bootstrap: async (region) =>
      cdk.bootstrap(region, config.regions.find(({ name }) => name === region)?.account ?? (await cloud.account())),
    deploy: (stack, region) => cdk.deploy(stackName(config, stack, region)),
    destroy: (stack, region) => cdk.destroy(stackName(config, stack, region)),
    async attach(name) {
      const group = groupOf(name);
      const plan = attachChanges(group, await cloud.records(group), await checkIdsOf(parts, group));
      if (!plan.ok) throw new Error(plan.obstacle);
      await cloud.change(group, plan.changes);
    },
    async detach(name) {
      const group = groupOf(name);
      await cloud.change(group, detachChanges(group, await cloud.records(group), await checkIdsOf(parts, group)));
    },
  };
}

/** The names that lib/stacks/evenkeel-stacks.ts gives. */
export function stackName(config: Pick<Config, 'name'>, stack: StackKind, region: string | undefined): string {
  const { base } = namesOf(config);
  if (stack === 'checks') return `${base}-checks`;
  return stack === 'data' ? `${base}-data-${region}` : `${base}-${region}`;
}

async function readState(parts: DeploymentParts): Promise<DeployState> {
  const { config, recordsReleased } = parts;
  const regions: RegionState[] = [];
  const open: string[] = [];
  for (const { name } of config.regions) {
    const { region, work } = await readRegion(parts, name);
    regions.push(region);
    open.push(...work);
  }
  const checks = await lookAtChecks(parts);
  const groups = checks === null ? [] : await Promise.all(config.trafficGroups.map((group) => readGroup(parts, group, checks)));
  return { regions, checks: checks?.state ?? 'unneeded', groups, open, recordsReleased };
}

async function readRegion(parts: DeploymentParts, name: string): Promise<{ region: RegionState; work: string[] }> {
  const { cloud, clock, config } = parts;
  const look = async (stack: StackKind) => {
    const full = stackName(config, stack, name);
    return (await cloud.stack(name, full, await templateOf(parts, full))).state;
  };
  const [toolkit, data, region] = await Promise.all([cloud.stack(name, 'CDKToolkit', null), look('data'), look('region')]);
  const bootstrapped = toolkit.state === 'current';
  // No region, nothing that could be open; a table that is kept after a removal holds old news only.
  if (data === 'absent' || region === 'absent') return { region: { name, bootstrapped, data, region, heard: [] }, work: [] };
  const store = cloud.store(name);
  const heard = await heardIn(store, clock, config.thresholds.quorumStalenessSeconds);
  return { region: { name, bootstrapped, data, region, heard }, work: await openWork(store, clock, name) };
}

async function lookAtChecks(parts: DeploymentParts): Promise<StackLook | null> {
  const { cloud, config } = parts;
  const [home] = config.regions;
  if (home === undefined || config.regions.length < 2 || config.trafficGroups.length === 0) return null;
  const name = stackName(config, 'checks', undefined);
  return cloud.stack(home.name, name, await templateOf(parts, name));
}

async function readGroup({ cloud }: DeploymentParts, group: TrafficGroup, checks: StackLook): Promise<GroupState> {
  const checkIds = checkIdsIn(checks, group);
  const known = { name: group.name, ownedElsewhere: group.recordsOwnedElsewhere };
  const minutes = await Promise.all(Object.values(checkIds).map((id) => cloud.healthyMinutes(id)));
  const healthyMinutes = minutes.length === 0 ? 0 : Math.min(...minutes);
  if (group.recordsOwnedElsewhere) return { ...known, attached: 'none', healthyMinutes };
  const existing = await cloud.records(group);
  const plan = attachChanges(group, existing, checkIds);
  const obstacle = !plan.ok && checks.state === 'current' ? { obstacle: plan.obstacle } : {};
  return { ...known, attached: attachedState(group, existing, checkIds), healthyMinutes, ...obstacle };
}

async function checkIdsOf(parts: DeploymentParts, group: TrafficGroup): Promise<Record<string, string>> {
  const checks = await lookAtChecks(parts);
  return checks === null ? {} : checkIdsIn(checks, group);
}

/** By region. lib/traffic/vote-checks.ts tells them apart by the description of the output. */
function checkIdsIn({ outputs }: StackLook, group: TrafficGroup): Record<string, string> {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([description, id]) => {
      const [, name, region] = /^Health check for the records of (\S+) that answer with (\S+)\.$/.exec(description) ?? [];
      return name === group.name && region !== undefined ? [[region, id]] : [];
    }),
  );
}

async function templateOf({ assembly }: DeploymentParts, stack: string): Promise<Json | null> {
  if (assembly === null) return null;
  return Json.parse(JSON.parse(await readFile(join(assembly, `${stack}.template.json`), 'utf8')));
}

/** How it looks where nothing was ever deployed. */
export function nothingYet(config: Config): DeployState {
  const needed = config.regions.length > 1 && config.trafficGroups.length > 0;
  return {
    regions: config.regions.map(({ name }) => ({ name, bootstrapped: false, data: 'absent', region: 'absent', heard: [] })),
    checks: needed ? 'absent' : 'unneeded',
    groups: !needed
      ? []
      : config.trafficGroups
          .filter(({ name }) => regionsOfGroup(config, name).length > 0)
          .map(({ name, recordsOwnedElsewhere }) => ({ name, ownedElsewhere: recordsOwnedElsewhere, attached: 'none', healthyMinutes: 0 })),
    open: [],
  };
}
