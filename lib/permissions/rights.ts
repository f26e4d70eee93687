import type { Ports } from '../../core/ports/index.ts';
import type { DeployedFunction } from '../functions/catalogue.ts';

/** Which methods of which ports a function calls. `peerStores` are stores, too; a carrier tells how a vote travels. */
export type Rights = { [Port in Exclude<keyof Ports, 'clock' | 'ids' | 'random' | 'prober' | 'peerStores' | 'trace'>]?: readonly (keyof Ports[Port] & string)[] } & {
  peerStores?: readonly (keyof Ports['store'] & string)[];
  /** Writes its own timeline entries. */
  trace?: readonly ['record'];
};

const readWrite = ['get', 'put', 'query'] as const;
const journal = { store: [...readWrite, 'claim'], peerStores: ['get', 'put', 'claim'], trace: ['record'] } as const;

const step: Rights = {
  ...journal,
  bus: ['publish', 'send'],
  traffic: ['observe', 'requestDrain', 'withdraw'],
  capacity: ['snapshot', 'quota', 'apply', 'verify', 'undo'],
  releases: ['history', 'apply', 'verify', 'undo'],
  data: ['status', 'switchover', 'failover', 'verify'],
  scripts: ['run', 'status'],
  flags: ['read', 'write'],
  metricSource: ['read'],
};
const weights: Rights = { ...step, traffic: ['observe', 'requestDrain', 'withdraw', 'shares', 'setWeights'] };

/** What each function may do, in the words of the ports. test/lib/permissions.test.ts holds it against what the code calls. */
export const rights: Record<DeployedFunction, Rights> = {
  probe: { store: ['get', 'put'], metricSink: ['publish'], bus: ['publish'], secrets: ['read'] },
  analyze: { store: readWrite, bus: ['publish', 'send'], traffic: ['observe'], trace: ['record'] },
  vote: { store: readWrite, bus: ['publish', 'send'], traffic: ['castVote'], trace: ['record'] },
  plan: {
    ...journal,
    bus: ['publish', 'send'],
    traffic: ['observe', 'shares'],
    capacity: ['snapshot', 'quota'],
    releases: ['history'],
    data: ['status'],
    metricSource: ['read'],
    machines: ['start', 'describe'],
    approver: ['request'],
    notifier: ['notify'],
  },
  'step-apply': step,
  'step-verify': step,
  'step-undo': step,
  'step-apply-weights': weights,
  'step-verify-weights': weights,
  'step-undo-weights': weights,
  sweep: { ...journal, bus: ['publish', 'send'], traffic: ['observe'], metricSource: ['read'], machines: ['start', 'describe'] },
  learn: { ...journal, bus: ['publish', 'send'] },
  notify: { notifier: ['notify'], trace: ['record'] },
};
