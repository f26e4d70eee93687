import { createHash } from 'node:crypto';
import { Aws } from 'aws-cdk-lib';
import type { Config } from '../core/config/schema.ts';

/**
 * Physical names, against the rule of having none: no template can refer to another region's resources, and a bus, a table, a topic
 * or an alarm that a peer has to find must have a name that can be worked out beforehand.
 */
export interface Names {
  /** Bus, table and stack prefix. */
  base: string;
  bus: string;
  table: string;
  topic: string;
  metricNamespace: string;
  /** Path of every role of ours: buses and tables of the peers accept this path and nothing else. */
  rolePath: string;
}

export function namesOf(config: Pick<Config, 'name'>): Names {
  const base = `evenkeel-${config.name}`;
  return {
    base,
    bus: base,
    table: base,
    topic: `${base}-people`,
    metricNamespace: `evenkeel/${config.name}`,
    rolePath: `/evenkeel/${config.name}/`,
  };
}

/** IAM is global: the role that operators of a region assume has the region in its name. */
export function operatorRoleName(config: Pick<Config, 'name'>, region: string): string {
  return `${namesOf(config).base}-operator-${region}`;
}

/** Votes of one voter have a namespace of their own: IAM knows namespaces, but no dimensions. */
export function voteNamespace(config: Pick<Config, 'name'>, voter: string): string {
  return `evenkeel/${config.name}/votes/${voter}`;
}

/** The account of a region; that of the deploying credentials where the configuration names none. */
export function accountOf(config: Config, region: string): string {
  return config.regions.find(({ name }) => name === region)?.account ?? Aws.ACCOUNT_ID;
}

/** Every account that evenkeel runs in. */
export function accountsOf(config: Config): string[] {
  return [...new Set(config.regions.map(({ account }) => account ?? Aws.ACCOUNT_ID))];
}

/** The accounts of peers that are not the region's own. */
export function otherAccountsOf(config: Config, region: string): string[] {
  return accountsOf(config).filter((account) => account !== accountOf(config, region));
}

/** Roles of ours, in whatever account, as a pattern for aws:PrincipalArn. */
export function ownRolePatterns(config: Config): string[] {
  const { rolePath } = namesOf(config);
  return accountsOf(config).map((account) => `arn:${Aws.PARTITION}:iam::${account}:role${rolePath}*`);
}

export function arnOf(config: Config, service: string, region: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:${region}:${accountOf(config, region)}:${resource}`;
}

/** How a function in `region` names a peer's resource: by name in the same account, by ARN in another. */
export function peerName(config: Config, own: string, peer: string, service: string, resource: string, name: string): string {
  return accountOf(config, own) === accountOf(config, peer) ? name : arnOf(config, service, peer, `${resource}${name}`);
}

export function machineName(config: Pick<Config, 'name'>, machine: string): string {
  return `${namesOf(config).base}-${machine}`;
}

export function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
}

/** `us-east-1` → `UsEast1`: construct ids are letters and digits. */
export function pascal(text: string): string {
  return text.replaceAll(/(^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, _gap, letter: string) => letter.toUpperCase());
}
