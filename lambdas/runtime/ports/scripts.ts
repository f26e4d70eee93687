import { SSMClient } from '@aws-sdk/client-ssm';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsScriptRunner } from '../../../adapters/aws/script-runner.ts';
import { findService } from '../../../core/config/derive.ts';
import type { ScriptRunner } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

/** Auto Scaling tags each of its instances with the group's name. */
const groupTag = 'aws:autoscaling:groupName';

export function createScripts({ region, config, clock, store }: Base): ScriptRunner {
  return new AwsScriptRunner({
    client: new SSMClient(clientConfig(region)),
    instancesOf: (target) => {
      const deployment = findService(config, target.service)?.deployments[target.region];
      return deployment?.kind === 'asg' ? { tag: groupTag, values: [deployment.group] } : undefined;
    },
    guard: new FenceGuard(store, clock),
    clock,
  });
}
