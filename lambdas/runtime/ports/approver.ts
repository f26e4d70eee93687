import { SFNClient } from '@aws-sdk/client-sfn';
import { AwsApprover } from '../../../adapters/aws/approver.ts';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import type { Approver, Notifier } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

export function createApprover({ region, store, clock }: Base, notifier: Notifier): Approver {
  return new AwsApprover({ store, notifier, clock, sfn: new SFNClient(clientConfig(region)) });
}
