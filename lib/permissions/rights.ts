import type { Ports } from '../../core/ports/index.ts';
import { type DeployedFunction, deployedFunctions } from '../functions/catalogue.ts';

/** Which methods of which ports a function calls. `peerStores` are stores, too; a carrier tells how a vote travels. */
export type Rights = {
  [Port in Exclude<keyof Ports, 'clock' | 'ids' | 'random' | 'prober' | 'peerStores' | 'trace'>]?: readonly (keyof Ports[Port] & string)[];
} & {
  peerStores?: readonly (keyof Ports['store'] & string)[];
  /** Writes its own timeline entries. */
  trace?: readonly ['record'];
};

/** Every role of ours: one for each function, and the one that a person assumes to give orders. */
export type RoleName = DeployedFunction | 'operator';
export const roleNames: readonly RoleName[] = [...deployedFunctions, 'operator'];

const readWrite = ['get', 'put', 'query'] as const;
const journal = { store: [...readWrite, 'claim'], peerStores: ['get', 'put', 'query', 'claim'], trace: ['record'] } as const;
const drain = ['observe', 'requestDrain', 'withdraw'] as const;

/** Intents read what is there, applies change it. */
const apply: Rights = {
  ...journal,
  bus: ['publish', 'send'],
  traffic: drain,
  capacity: ['snapshot', 'quota', 'apply'],
  releases: ['history', 'apply', 'split', 'setSplit'],
  data: ['status', 'switchover', 'failover'],
  scripts: ['run'],
  flags: ['read', 'write'],
};
/** Verifying only ever looks. */
const verify: Rights = {
  ...journal,
  bus: ['publish', 'send'],
  traffic: ['observe'],
  capacity: ['snapshot', 'quota', 'verify'],
  releases: ['history', 'verify', 'split'],
  data: ['status', 'verify'],
  scripts: ['status'],
  flags: ['read'],
};
/** An undo changes, and looks whether it took. It never loses data: no failover of a database. */
const undo: Rights = {
  ...verify,
  traffic: drain,
  // A readmission is taken back by ejecting.
  capacity: [...(verify.capacity ?? []), 'apply', 'undo'],
  releases: [...(verify.releases ?? []), 'undo', 'setSplit'],
  data: ['status', 'switchover', 'verify'],
  scripts: ['run', 'status'],
  flags: ['read', 'write'],
};

/** What each role may do, in the words of the ports. test/lib/permissions.test.ts holds it against what the code calls. */
export const rights: Record<RoleName, Rights> = {
  probe: { store: ['get', 'put'], bus: ['publish'], secrets: ['read'] },
  analyze: {
    store: readWrite,
    bus: ['publish', 'send'],
    traffic: ['observe'],
    capacity: ['snapshot'],
    releases: ['history'],
    metricSource: ['read'],
    notifier: ['notify'],
    trace: ['record'],
  },
  vote: { store: readWrite, bus: ['publish', 'send'], traffic: ['castVote'], trace: ['record'] },
  plan: {
    store: readWrite,
    peerStores: ['get', 'put', 'query'],
    trace: ['record'],
    bus: ['publish', 'send'],
    traffic: ['observe', 'shares'],
    capacity: ['snapshot', 'quota'],
    releases: ['history'],
    data: ['status'],
    metricSource: ['read'],
    machines: ['start', 'describe'],
    approver: ['request'],
  },
  'step-apply': apply,
  'step-verify': verify,
  'step-undo': undo,
  'step-apply-weights': { ...apply, traffic: [...drain, 'shares', 'setWeights', 'origins', 'setOrigins'] },
  'step-verify-weights': { ...verify, traffic: ['observe', 'shares', 'origins'] },
  'step-undo-weights': { ...undo, traffic: [...drain, 'shares', 'setWeights', 'origins', 'setOrigins'] },
  sweep: {
    ...journal,
    bus: ['publish', 'send'],
    traffic: ['observe'],
    capacity: ['snapshot'],
    notifier: ['notify'],
    metricSource: ['read'],
    machines: ['start', 'describe'],
  },
  learn: {
    ...journal,
    bus: ['publish', 'send'],
    metricSink: ['publish'],
    metricSource: ['read'],
    capacity: ['quota'],
    notifier: ['notify'],
  },
  /** That people have it is kept, here and at the peers'. */
  notify: {
    store: readWrite,
    peerStores: ['put'],
    notifier: ['notify'],
    courier: ['deliver'],
    secrets: ['read'],
    trace: ['record'],
  },
  /** Orders are written, told and copied; what they start is done by the functions. */
  operator: {
    store: readWrite,
    peerStores: ['get', 'put'],
    trace: ['record'],
    bus: ['publish', 'send'],
    traffic: ['observe', 'shares'],
    capacity: ['snapshot'],
    releases: ['history', 'split'],
    approver: ['decide'],
    machines: ['start'],
  },
};
