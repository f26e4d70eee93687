import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { clientConfig } from './client-config.ts';

/** Credentials of a target account's role, asked of STS in `region`; renewed by the SDK before they end. Apart, since it brings STS along. */
export function assumedRole(region: string, roleArn: string, externalId: string): ReturnType<typeof fromTemporaryCredentials> {
  return fromTemporaryCredentials({
    params: { RoleArn: roleArn, ExternalId: externalId, RoleSessionName: 'evenkeel', DurationSeconds: 900 },
    clientConfig: clientConfig(region),
  });
}
