import { assumedRole } from '../../../adapters/aws/assumed-role.ts';
import type { Config } from '../../../core/config/schema.ts';

/** Credentials for resources of another account that the configuration names; undefined where the own role is meant. */
export function credentialsOf(config: Config, region: string, account: string | undefined) {
  const known = config.accounts.find(({ id }) => id === account);
  if (known === undefined) return undefined;
  return assumedRole(region, `arn:aws:iam::${known.id}:role/${known.roleName}`, known.externalId);
}
