import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand, type ServiceQuota } from '@aws-sdk/client-service-quotas';
import { failed, ok, type Quota, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';
import type { CapacityClients } from './deployment.ts';

type QuotaClients = Pick<CapacityClients, 'quotas' | 'cloudWatch'>;

/** Fargate On-Demand vCPU resource count. */
const fargateVcpus = { service: 'fargate', code: 'L-3032A538' };
/** Running On-Demand Standard instances, in vCPUs. */
const standardInstanceVcpus = { service: 'ec2', code: 'L-1216C47A' };

/** How many tasks of `vcpus` each the account may run on Fargate, and runs. */
export function fargateQuota(clients: QuotaClients, vcpus: number, clock: Clock, call: Call): Promise<Result<Quota>> {
  return quotaInUnits(clients, fargateVcpus, vcpus, clock, call);
}

/** How many vCPUs of standard instances the account may run, and runs. */
export function instanceQuota(clients: QuotaClients, clock: Clock, call: Call): Promise<Result<Quota>> {
  return quotaInUnits(clients, standardInstanceVcpus, 1, clock, call);
}

async function quotaInUnits(
  clients: QuotaClients,
  quota: { service: string; code: string },
  unit: number,
  clock: Clock,
  call: Call,
): Promise<Result<Quota>> {
  const found = await readQuota(clients, quota.service, quota.code, clock, call);
  if (!found.ok) return found;
  if (found.value.Value === undefined) return failed('not-found', `quota ${quota.service} ${quota.code} has no value`);
  const used = await readUsage(clients, found.value, clock, call);
  if (!used.ok) return used;
  return ok({ limit: Math.floor(found.value.Value / unit), used: Math.ceil(used.value / unit) });
}

/** The account's own value, or AWS's default when the account never asked for another. */
async function readQuota(clients: QuotaClients, service: string, code: string, clock: Clock, call: Call): Promise<Result<ServiceQuota>> {
  const input = { ServiceCode: service, QuotaCode: code };
  const own = await attempt('servicequotas:GetServiceQuota', clock, call, (options) =>
    clients.quotas.send(new GetServiceQuotaCommand(input), options),
  );
  if (own.ok) return ok(own.value.Quota ?? {});
  if (own.code !== 'not-found') return own;
  const byDefault = await attempt('servicequotas:GetAWSDefaultServiceQuota', clock, call, (options) =>
    clients.quotas.send(new GetAWSDefaultServiceQuotaCommand(input), options),
  );
  return byDefault.ok ? ok(byDefault.value.Quota ?? {}) : byDefault;
}

/** What is used now: AWS publishes it every five minutes as the metric that the quota names. */
async function readUsage(clients: QuotaClients, quota: ServiceQuota, clock: Clock, call: Call): Promise<Result<number>> {
  const metric = quota.UsageMetric;
  if (!metric?.MetricName) return ok(0);
  const now = clock.now();
  const command = new GetMetricDataCommand({
    StartTime: new Date(now - 900_000),
    EndTime: new Date(now),
    MetricDataQueries: [
      {
        Id: 'used',
        MetricStat: {
          Metric: {
            Namespace: metric.MetricNamespace,
            MetricName: metric.MetricName,
            Dimensions: Object.entries(metric.MetricDimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: 300,
          Stat: metric.MetricStatisticRecommendation ?? 'Maximum',
        },
      },
    ],
  });
  const answer = await attempt('cloudwatch:GetMetricData', clock, call, (options) => clients.cloudWatch.send(command, options));
  if (!answer.ok) return answer;
  return ok(Math.max(0, ...(answer.value.MetricDataResults?.[0]?.Values ?? [])));
}
