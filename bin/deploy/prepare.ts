import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../core/config/schema.ts';
import type { Clock } from '../../core/ports/index.ts';
import { CdkCli } from './cdk-cli.ts';
import { Cloud } from './cloud.ts';
import { deploymentPorts } from './deployment.ts';
import type { DeployPorts } from './drive.ts';
import type { Goal } from './plan.ts';

const app = fileURLToPath(new URL('../app.ts', import.meta.url));

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => undefined),
};

export interface Prepared {
  ports: DeployPorts;
  /** Ends the CDK's command line at once. */
  kill(): void;
  dispose(): Promise<void>;
}

/** Saves what has to be read at deploy, synthesises the application from it once, and opens the ports. */
export async function prepare(
  config: Config,
  goal: Goal,
  context: readonly string[],
  recordsReleased: boolean,
  tell: (line: string) => void,
): Promise<Prepared> {
  const cloud = new Cloud(config, clock);
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-deploy-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const settled = await withNameServers(config, cloud);
    const assembly = join(folder, 'cdk.out');
    const cdk = new CdkCli(assembly);
    await writeFile(join(folder, 'evenkeel.config.json'), JSON.stringify(settled));
    await cdk.synth(app, context, { EVENKEEL_CONFIG: join(folder, 'evenkeel.config.json') });
    const compared = goal === 'deployed' ? assembly : null;
    const ports = deploymentPorts({ config: settled, cloud, cdk, clock, assembly: compared, recordsReleased, tell });
    return { ports, kill: () => cdk.kill(), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The authoritative servers that prove a drain are read now, since the failover path asks no control plane for them. */
export async function withNameServers(config: Config, cloud: Pick<Cloud, 'nameServers'>): Promise<Config> {
  const trafficGroups = await Promise.all(
    config.trafficGroups.map(async (group) => {
      if (group.zone.nameServers.length > 0) return group;
      return { ...group, zone: { ...group.zone, nameServers: await cloud.nameServers(group) } };
    }),
  );
  return { ...config, trafficGroups };
}
