import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

type Credentials = ReturnType<typeof fromTemporaryCredentials>;

/**
 * What every client is built with. The SDK's standard strategy retries throttles and server errors with full jitter,
 * at most twice, and never a denied or invalid call. Endpoints are regional, STS included, which is the SDK's own default;
 * Route 53's and CloudFront's writes are the two global ones, and only their own roles may call them.
 */
export function clientConfig(region: string, credentials?: Credentials) {
  return {
    region,
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
    ...(credentials && { credentials }),
  };
}

/** Credentials of a target account's role, asked of STS in `region`; renewed by the SDK before they end. */
export function assumedRole(region: string, roleArn: string, externalId: string): Credentials {
  return fromTemporaryCredentials({
    params: { RoleArn: roleArn, ExternalId: externalId, RoleSessionName: 'evenkeel', DurationSeconds: 900 },
    clientConfig: clientConfig(region),
  });
}
