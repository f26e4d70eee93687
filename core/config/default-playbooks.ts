import type { ConfigInput } from './schema.ts';

type PlaybookInput = NonNullable<ConfigInput['playbooks']>[number];

const pageSomebody: PlaybookInput['levels'][number] = { name: 'emergency', actions: [{ action: 'page' }] };

/**
 * Those that stand when the file says nothing about an alert. SSM documents are named, versions pinned;
 * an operator who has other documents gives a playbook of their own. A script or a flag that took effect is not repeated (attempts: 1): what
 * did not help once is followed by the next level, and the budget of a target is left for it.
 */
export const defaultPlaybooks: PlaybookInput[] = [
  {
    name: 'crash-loop',
    alert: 'crash-loop',
    levels: [
      { name: 'soft', actions: [{ action: 'restart' }] },
      { name: 'resource', actions: [{ action: 'rollback', when: 'previous-version-exists' }] },
      pageSomebody,
    ],
  },
  {
    name: 'error-rate',
    alert: 'error-rate',
    levels: [
      { name: 'soft', actions: [{ action: 'rollback', when: 'just-released' }] },
      { name: 'resource', actions: [{ action: 'restart' }] },
      { name: 'infrastructure', actions: [{ action: 'shift', args: { share: 0.5 } }] },
      pageSomebody,
    ],
  },
  {
    name: 'latency',
    alert: 'latency',
    levels: [
      { name: 'resource', actions: [{ action: 'scale' }] },
      { name: 'infrastructure', actions: [{ action: 'shift', when: 'capacity-elsewhere', args: { share: 0.5 } }] },
      pageSomebody,
    ],
  },
  {
    name: 'memory',
    alert: 'memory',
    levels: [
      {
        name: 'soft',
        attempts: 1,
        actions: [
          { action: 'script', args: { document: 'evenkeel-collect-garbage', version: '1' } },
          { action: 'wait', args: { seconds: 30 } },
          { action: 'scale', args: { memoryFactor: 1.5 } },
        ],
      },
      { name: 'resource', actions: [{ action: 'restart' }] },
      pageSomebody,
    ],
  },
  {
    name: 'cpu',
    alert: 'cpu',
    levels: [{ name: 'resource', actions: [{ action: 'scale' }] }, pageSomebody],
  },
  {
    name: 'connection-pool',
    alert: 'connection-pool',
    levels: [
      { name: 'soft', attempts: 1, actions: [{ action: 'script', args: { document: 'evenkeel-reset-idle-connections', version: '1' } }] },
      {
        name: 'resource',
        attempts: 1,
        actions: [{ action: 'script', args: { document: 'evenkeel-resize-pool', version: '1', parameters: { factor: 1.5 } } }],
      },
      { name: 'infrastructure', actions: [{ action: 'restart', when: 'pool-above-restart' }] },
      pageSomebody,
    ],
  },
  {
    name: 'cache-hit-ratio',
    alert: 'cache-hit-ratio',
    levels: [
      {
        name: 'soft',
        attempts: 1,
        actions: [
          { action: 'script', args: { document: 'evenkeel-flush-stale-cache', version: '1' } },
          { action: 'script', args: { document: 'evenkeel-warm-cache', version: '1' } },
        ],
      },
      { name: 'resource', actions: [{ action: 'notify', when: 'cache-below-repaired' }] },
    ],
  },
  {
    name: 'dependency-down',
    alert: 'dependency-down',
    levels: [
      { name: 'soft', attempts: 1, actions: [{ action: 'degrade' }] },
      { name: 'resource', actions: [{ action: 'protect' }] },
      { name: 'emergency', actions: [{ action: 'page', args: { who: 'owner' } }] },
    ],
  },
  {
    name: 'region-impaired',
    alert: 'region-impaired',
    levels: [{ name: 'infrastructure', actions: [{ action: 'failover' }] }, pageSomebody],
  },
  {
    name: 'node-not-ready',
    alert: 'node-not-ready',
    levels: [{ name: 'resource', actions: [{ action: 'restart', args: { replace: true } }] }, pageSomebody],
  },
  {
    // Nothing hurts yet: it is acted on although it is a warning, and nobody is woken when it is refused.
    name: 'capacity-forecast',
    alert: 'capacity-forecast',
    warning: 'act',
    levels: [{ name: 'resource', attempts: 1, actions: [{ action: 'scale', args: { ahead: true } }] }],
  },
];
