import type * as z from 'zod';
import { AwsCapacityControl } from '../../adapters/aws/capacity-control.ts';
import { SSMClient } from '@aws-sdk/client-ssm';
import { clientConfig } from '../../adapters/aws/client-config.ts';
import { FenceGuard } from '../../adapters/aws/fence-guard.ts';
import { AwsReleaseControl } from '../../adapters/aws/release-control.ts';
import type { FunctionName } from '../../core/model/index.ts';
import { createContext, type FunctionContext } from './context.ts';
import { createBus } from './ports/bus.ts';
import { createDatabases } from './ports/databases.ts';
import { createDeployments } from './ports/deployments.ts';
import { createMetricSource } from './ports/metric-source.ts';
import { createPeerStores } from './ports/peer-stores.ts';
import { createScripts } from './ports/scripts.ts';
import { createTraffic } from './ports/traffic.ts';
import { createWeights } from './ports/weights.ts';
import type { StepEnv } from './step-env.ts';

/** What the functions of the machines' steps reach. Only those of a shift get the weights. */
export function createStepContext(functionName: FunctionName, env: z.output<typeof StepEnv>): FunctionContext {
  return createContext(functionName, env, (base) => {
    const bus = createBus(base, env);
    const guard = new FenceGuard(base.store, base.clock);
    const deployments = createDeployments(base);
    return {
      bus,
      peerStores: createPeerStores(base, env),
      traffic: createTraffic(base, bus, env.REACH === 'weights' ? { weights: createWeights(base) } : {}),
      capacity: new AwsCapacityControl(deployments, guard, base.clock),
      releases: new AwsReleaseControl(deployments, guard, base.clock),
      data: createDatabases(base),
      scripts: createScripts(base),
      flags: createFlags(base),
      metricSource: createMetricSource(base),
    };
  });
}
