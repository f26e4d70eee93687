import { dirname, join } from 'node:path';
import type { StageContext } from './context.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { systemClock } from './harness/time.ts';
import { freePort, startMiniStack } from './ministack.ts';
import { addStandIns } from './stand-ins.ts';

/** Of these the emulator has nothing, or not what AWS does: the deployed functions ask the proxy, where the stand-ins answer. */
const answeredByProxy = ['SFN', 'APPLICATION_AUTO_SCALING', 'SERVICE_QUOTAS'];

const account = '000000000000';

export interface World {
  context: StageContext;
  stop(): Promise<void>;
}

/** An emulator with a proxy in front of it: nothing of one world reaches another. */
export async function startWorld(projectRoot: string, bin: string): Promise<World> {
  const port = await freePort();
  const proxy = await startFaultProxy(`http://127.0.0.1:${port}`);
  const redirected = Object.fromEntries(answeredByProxy.map((service) => [`AWS_ENDPOINT_URL_${service}`, proxy.endpoint]));
  const emulator = await startMiniStack(bin, port, redirected).catch(async (error: unknown) => {
    await proxy.stop();
    throw error;
  });
  const context: StageContext = {
    projectRoot,
    emulator,
    proxy,
    standIns: addStandIns(proxy),
    regions: ['us-east-1', 'eu-west-1'],
    account,
    clock: systemClock,
    // A child process gets these and nothing of ours: no profile, no real credentials.
    environment: {
      ...redirected,
      PATH: [dirname(process.execPath), join(projectRoot, 'node_modules', '.bin'), process.env.PATH ?? ''].join(':'),
      HOME: emulator.folder,
      TMPDIR: emulator.folder,
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  };
  const stop = async () => {
    await proxy.stop();
    await emulator.stop();
  };
  return { context, stop };
}
