import type { Config } from '../../core/config/schema.ts';
import type { AnalyzeEnv } from '../../lambdas/analyze/env.ts';
import type { LearnEnv } from '../../lambdas/learn/env.ts';
import type { NotifyEnv } from '../../lambdas/notify/env.ts';
import type { PlanEnv } from '../../lambdas/plan/env.ts';
import type { ProbeEnv } from '../../lambdas/probe/env.ts';
import type { Written } from '../../lambdas/runtime/env.ts';
import type { StepEnv } from '../../lambdas/runtime/step-env.ts';
import type { SweepEnv } from '../../lambdas/sweep/env.ts';
import type { VoteEnv } from '../../lambdas/vote/env.ts';
import { arnOf, namesOf, peerName, voteNamespace } from '../names.ts';
import type { DeployedFunction } from './catalogue.ts';

/** Where votes by object go: nothing when every group votes by metric. */
export interface VoteObjects {
  bucketName: string;
  /** Key and unguessable body by `<group>/<subject>`. */
  objects: Record<string, { key: string; body: string }>;
}

/** The variables that the templates write for each function. A variable that a handler renames is a compile error here. */
interface Environments {
  probe: Written<typeof ProbeEnv>;
  analyze: Written<typeof AnalyzeEnv>;
  vote: Written<typeof VoteEnv>;
  plan: Written<typeof PlanEnv>;
  'step-apply': Written<typeof StepEnv>;
  'step-verify': Written<typeof StepEnv>;
  'step-undo': Written<typeof StepEnv>;
  'step-apply-weights': Written<typeof StepEnv>;
  'step-verify-weights': Written<typeof StepEnv>;
  'step-undo-weights': Written<typeof StepEnv>;
  sweep: Written<typeof SweepEnv>;
  learn: Written<typeof LearnEnv>;
  notify: Written<typeof NotifyEnv>;
}

export function environmentsOf(
  config: Config,
  region: string,
  votes: VoteObjects | null,
): Environments & Record<DeployedFunction, Record<string, string>> {
  const names = namesOf(config);
  const peers = config.regions.map(({ name }) => name).filter((name) => name !== region);
  const common = { TABLE_NAME: names.table, BUS_NAME: names.bus };
  const sender = { PEER_BUSES: byPeer((peer) => peerName(config, region, peer, 'events', 'event-bus/', names.bus)) };
  const journal = { PEER_TABLES: byPeer((peer) => peerName(config, region, peer, 'dynamodb', 'table/', names.table)) };
  const machines = { MACHINE_ARN_PREFIX: arnOf(config, 'states', region, `stateMachine:${names.base}-`) };
  const people = { TOPIC_ARNS: JSON.stringify([region, ...peers].map((each) => arnOf(config, 'sns', each, names.topic))) };
  const step = { ...common, ...sender, ...journal, REACH: 'data-plane' } as const;
  const weights = { ...step, REACH: 'weights' } as const;
  return {
    probe: { ...common, METRIC_NAMESPACE: names.metricNamespace, PROBE_PLACE: 'outside' },
    analyze: { ...common, ...sender, ...people },
    vote: {
      ...common,
      ...sender,
      VOTE_NAMESPACE: voteNamespace(config, region),
      VOTE_BUCKET: votes?.bucketName ?? '',
      VOTE_OBJECTS: JSON.stringify(votes?.objects ?? {}),
    },
    plan: { ...common, ...sender, ...journal, ...machines, ...people },
    'step-apply': step,
    'step-verify': step,
    'step-undo': step,
    'step-apply-weights': weights,
    'step-verify-weights': weights,
    'step-undo-weights': weights,
    sweep: { ...common, ...sender, ...journal, ...machines, ...people },
    learn: { ...common, ...sender, ...journal, ...people, METRIC_NAMESPACE: names.metricNamespace },
    notify: { ...common, ...journal, ...people },
  };

  function byPeer(name: (peer: string) => string): string {
    return JSON.stringify(Object.fromEntries(peers.map((peer) => [peer, name(peer)])));
  }
}
