import { SSMClient } from '@aws-sdk/client-ssm';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsScriptRunner } from '../../../adapters/aws/script-runner.ts';
import type { ScriptHarness } from '../../adapters/contract/script-runner.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { standInDocuments } from '../stand-in-documents.ts';
import { freshStore } from './tables.ts';
import { realTime, systemClock } from './time.ts';

/** Documents of type Command on the stand-in for SSM: the requests and answers cross the wire, the scripts do not run. */
export async function scriptHarness(context: StageContext): Promise<ScriptHarness> {
  const [region] = context.regions;
  const documents = standInDocuments({ good: 0, bad: 3 }, 200);
  context.proxy.intercept(documents.intercept);
  const client = new SSMClient(emulatorClient(context.proxy.endpoint, region));
  const guard = new FenceGuard(await freshStore(context), systemClock);
  return {
    ...realTime,
    scripts: new AwsScriptRunner({ client, instancesOf: () => ({ tag: 'service', values: ['checkout'] }), guard, clock: systemClock }),
    target: { service: 'checkout', region },
    good: 'good',
    bad: 'bad',
    runMs: 300,
    started: async () => documents.started(),
  };
}
