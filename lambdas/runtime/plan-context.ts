import { SFNClient } from '@aws-sdk/client-sfn';
import type * as z from 'zod';
import { AwsApprover } from '../../adapters/aws/approver.ts';
import { AwsCapacityControl } from '../../adapters/aws/capacity-control.ts';
import { clientConfig } from '../../adapters/aws/client-config.ts';
import { FenceGuard } from '../../adapters/aws/fence-guard.ts';
import { AwsReleaseControl } from '../../adapters/aws/release-control.ts';
import type { PlanEnv } from '../plan/env.ts';
import { createContext, type FunctionContext } from './context.ts';
import { only } from './denied.ts';
import { createBus } from './ports/bus.ts';
import { createDatabases } from './ports/databases.ts';
import { createDeployments } from './ports/deployments.ts';
import { createMachines } from './ports/machines.ts';
import { createMetricSource } from './ports/metric-source.ts';
import { createNotifier } from './ports/notifier.ts';
import { createPeerStores } from './ports/peer-stores.ts';
import { createTraffic } from './ports/traffic.ts';
import { createWeights } from './ports/weights.ts';

/** Planning looks at everything and changes nothing: of the ports that act, it gets the methods that read. */
export function createPlanContext(env: z.output<typeof PlanEnv>): FunctionContext {
  return createContext('plan', env, (base) => {
    const bus = createBus(base, env);
    const guard = new FenceGuard(base.store, base.clock);
    const deployments = createDeployments(base);
    const notifier = createNotifier(base, env);
    return {
      bus,
      notifier,
      peerStores: createPeerStores(base, env),
      traffic: only('plan', 'traffic', createTraffic(base, bus, { weights: createWeights(base) }), ['observe', 'shares']),
      capacity: only('plan', 'capacity', new AwsCapacityControl(deployments, guard, base.clock), ['snapshot', 'quota']),
      releases: only('plan', 'releases', new AwsReleaseControl(deployments, guard, base.clock), ['history']),
      data: only('plan', 'data', createDatabases(base), ['status']),
      metricSource: createMetricSource(base),
      machines: createMachines(base, env, ['respond']),
      approver: new AwsApprover({ ...base, notifier, sfn: new SFNClient(clientConfig(base.region)) }),
    };
  });
}
