import type { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

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
