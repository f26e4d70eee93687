import { SSMClient } from '@aws-sdk/client-ssm';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsSecrets } from '../../../adapters/aws/secrets.ts';
import type { SecretSource } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

export function createSecrets({ region, clock }: Base): SecretSource {
  return new AwsSecrets(new SSMClient(clientConfig(region)), process.env, clock);
}
