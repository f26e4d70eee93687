import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type MachineName, machineKinds } from '../execute/machine-kinds.ts';
import { voteNamespace } from '../names.ts';
import type { RoleName } from './rights.ts';
import type { Place } from './scopes.ts';

/** Global control planes and what changes who may do what: never in the act path, and a forgotten grant elsewhere does not help. */
const bannedActions = [
  'route53:Change*',
  'route53:Create*',
  'route53:Delete*',
  'route53:Update*',
  'route53domains:*',
  'cloudfront:*',
  'globalaccelerator:*',
  's3:CreateBucket',
  's3:DeleteBucket',
  'iam:Add*',
  'iam:Attach*',
  'iam:Create*',
  'iam:Delete*',
  'iam:Detach*',
  'iam:Put*',
  'iam:Update*',
  'organizations:*',
] as const;

/** What the functions of graceful shifts are spared of the bans: record weights and the origins of distributions, and nothing else. */
function sparedOf(name: RoleName): readonly string[] {
  if (name === 'step-apply-weights' || name === 'step-undo-weights') return ['route53:Change*', 'cloudfront:*'];
  return name === 'step-verify-weights' ? ['cloudfront:*'] : [];
}

export function deniesOf(name: RoleName, { config, region }: Pick<Place, 'config' | 'region'>): PolicyStatement[] {
  const banned = bannedActions.filter((action) => !sparedOf(name).includes(action));
  const denies = [new PolicyStatement({ effect: Effect.DENY, actions: [...banned], resources: ['*'] })];
  if (name === 'vote') denies.push(denyOthersVotes(voteNamespace(config, region)));
  return denies;
}

/**
 * A machine does nothing but call functions and machines. One whose steps must not change a record is denied the functions that may, whatever
 * its file is made to say.
 * @param weights ARNs of the functions that change record weights and origins
 */
export function deniesOfMachine(machine: MachineName, weights: readonly string[]): PolicyStatement[] {
  const banned = new PolicyStatement({ effect: Effect.DENY, actions: [...bannedActions], resources: ['*'] });
  if (machineKinds[machine].reach === 'weights') return [banned];
  return [banned, new PolicyStatement({ effect: Effect.DENY, actions: ['lambda:InvokeFunction'], resources: [...weights] })];
}

/** A voter writes its own vote, in its own region, and no other metric. */
function denyOthersVotes(namespace: string): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.DENY,
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: { StringNotEquals: { 'cloudwatch:namespace': namespace } },
  });
}
