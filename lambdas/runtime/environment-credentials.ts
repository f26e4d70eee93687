interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/**
 * Stands in for the SDK's default provider in the bundles (lib/functions/bundle.ts). Lambda hands out its role's credentials by
 * environment variables and nothing else; profiles, SSO, web identity and instance metadata would be 90 KB in every function.
 */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
    if (!accessKeyId || !secretAccessKey) throw new Error('the environment holds no credentials: this is not running in Lambda');
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  };
}
