import * as z from 'zod';
import { accountId, count, positive, regionName } from './leaves.ts';

const database = z.strictObject({
  kind: z
    .enum(['aurora-global', 'dynamodb-global', 'rds'])
    .describe('aurora-global and rds have one writer to move; dynamodb-global writes everywhere.'),
  id: z.string().min(1).describe('The global cluster, the table or the replicated instance.'),
  memberId: z.string().min(1).optional().describe("This region's cluster or instance in it."),
  writerRegion: regionName.optional().describe('Where it is written in normal times; dynamodb-global needs none.'),
  replicaLagSecondsMax: positive.default(5).describe('Seconds of replica lag above which a target is refused.'),
});

/** What is said of a deployment of whatever kind. */
export const everyDeployment = {
  account: accountId.optional().describe('The account it runs in; default is that of the region.'),
  minUnits: count.default(1).describe('Units (tasks, instances, concurrent executions) it never goes below.'),
  maxUnits: count.describe('Units it never goes above.'),
  baselineUnits: count.describe('Units that run in normal times.'),
  unitCapacityPerSecond: positive.optional().describe('Requests a second one unit serves well; without it capacity is compared by units.'),
  targetGroups: z.array(z.string().min(1)).default([]).describe('ARNs of the load-balancer target groups that its units register with.'),
  database: database.optional().describe('The database it stands on.'),
};

const ecs = z.strictObject({
  kind: z.literal('ecs').describe('An ECS service.'),
  cluster: z.string().min(1).describe('Name of the ECS cluster.'),
  service: z.string().min(1).describe('Name of the ECS service.'),
  ...everyDeployment,
});

const asg = z.strictObject({
  kind: z.literal('asg').describe('An EC2 Auto Scaling group.'),
  group: z.string().min(1).describe('Name of the Auto Scaling group.'),
  ...everyDeployment,
});

const lambda = z.strictObject({
  kind: z.literal('lambda').describe('A Lambda function behind an alias.'),
  function: z.string().min(1).describe('Name of the function.'),
  alias: z.string().min(1).default('live').describe('The alias that callers use.'),
  ...everyDeployment,
});

export const deployment = z.discriminatedUnion('kind', [ecs, asg, lambda]);
export type Deployment = z.output<typeof deployment>;
