/** What a stack looks like from outside. `stale`: there, but not what the sources make. `broken`: CloudFormation will not update it. */
export type StackState = 'absent' | 'busy' | 'broken' | 'stale' | 'current';

export interface RegionState {
  name: string;
  bootstrapped: boolean;
  data: StackState;
  region: StackState;
  /** Observers that its table has heard of within the staleness limit, itself among them. */
  heard: readonly string[];
}

export interface GroupState {
  name: string;
  /** Someone else writes its records: evenkeel only makes the checks. */
  ownedElsewhere: boolean;
  /** Whether its records hang on our checks. */
  attached: 'none' | 'partly' | 'all';
  /** Whole minutes for which every check of the group has been healthy, up to now. */
  healthyMinutes: number;
  /** Why its records cannot be taken over as they are. */
  obstacle?: string;
}

/** Everything that decides what is next, read back from AWS before each step: nothing is remembered between two steps. */
export interface DeployState {
  regions: readonly RegionState[];
  /** `unneeded`: a single region, or no traffic group. */
  checks: StackState | 'unneeded';
  groups: readonly GroupState[];
  /** Runs, incidents in hand and drains that are open, as sentences. */
  open: readonly string[];
  /** The people who own records elsewhere said that these hang on our checks no more. */
  recordsReleased?: boolean;
}

export type StackKind = 'data' | 'region' | 'checks';

export type Step =
  | { kind: 'bootstrap'; region: string }
  | { kind: 'deploy'; stack: StackKind; region?: string }
  | { kind: 'destroy'; stack: StackKind; region?: string }
  | { kind: 'wait'; until: 'settled' | 'watching' | 'heartbeats' | 'healthy'; reason: string; region?: string }
  | { kind: 'attach'; group: string }
  | { kind: 'detach'; group: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'done'; notes: string[] };

export type Goal = 'deployed' | 'removed';

/** How long a check has to be healthy before a record may hang on it: new ones start with a guess. */
const healthyMinutesMin = 3;

/** The next step towards the goal. Pure, and the same for a first run and for one that goes on after a crash. */
export function planDeployment(state: DeployState, goal: Goal): Step {
  const busy = stacksOf(state).find(({ state: look }) => look === 'busy');
  if (busy !== undefined) return { kind: 'wait', until: 'settled', reason: `${busy.name} is being changed` };
  const next = goal === 'deployed' ? nextOfDeploy(state) : nextOfRemoval(state);
  if (changes(next) && state.open.length > 0)
    return { kind: 'refused', reason: `nothing is changed while something is open: ${state.open.join('; ')}` };
  return next;
}

function changes(step: Step): boolean {
  return step.kind !== 'wait' && step.kind !== 'done' && step.kind !== 'refused';
}

function nextOfDeploy(state: DeployState): Step {
  const broken = stacksOf(state).find(({ state: look }) => look === 'broken');
  if (broken !== undefined)
    return { kind: 'refused', reason: `${broken.name} cannot be updated: see its events in CloudFormation, delete it, and start again` };
  return bootstrapStep(state) ?? regionStep(state) ?? heartbeatStep(state) ?? checksStep(state) ?? attachStep(state) ?? deployed(state);
}

function bootstrapStep({ regions }: DeployState): Step | null {
  const region = regions.find(({ bootstrapped }) => !bootstrapped);
  return region === undefined ? null : { kind: 'bootstrap', region: region.name };
}

/** One region after the other: the next one is touched only when the one before it watches again. */
function regionStep({ regions }: DeployState): Step | null {
  for (const { name, data, region, heard } of regions) {
    if (data !== 'current') return { kind: 'deploy', stack: 'data', region: name };
    if (region !== 'current') return { kind: 'deploy', stack: 'region', region: name };
    if (!heard.includes(name))
      return { kind: 'wait', until: 'watching', region: name, reason: `${name} has no fresh observation of its own` };
  }
  return null;
}

function heartbeatStep({ regions }: DeployState): Step | null {
  for (const { name, heard } of regions) {
    const silent = regions.find((peer) => !heard.includes(peer.name));
    if (silent !== undefined) return { kind: 'wait', until: 'heartbeats', reason: `${name} does not hear ${silent.name}` };
  }
  return null;
}

/** Checks under a record are never changed: a new one starts with a guess, and a guess would move traffic. */
function checksStep({ checks, groups }: DeployState): Step | null {
  if (checks === 'unneeded' || checks === 'current') return null;
  const attached = groups.find((group) => isAttached(group));
  return attached === undefined ? { kind: 'deploy', stack: 'checks' } : { kind: 'detach', group: attached.name };
}

function attachStep({ checks, groups }: DeployState): Step | null {
  if (checks === 'unneeded') return null;
  for (const group of groups) {
    if (group.attached === 'all' && !group.ownedElsewhere) continue;
    if (group.obstacle !== undefined) return { kind: 'refused', reason: `${group.name}: ${group.obstacle}` };
    if (group.healthyMinutes < healthyMinutesMin)
      return {
        kind: 'wait',
        until: 'healthy',
        reason: `the checks of ${group.name} have been healthy for ${group.healthyMinutes} of ${healthyMinutesMin} minutes`,
      };
    if (!group.ownedElsewhere) return { kind: 'attach', group: group.name };
  }
  return null;
}

function deployed({ groups }: DeployState): Step {
  const elsewhere = groups.filter(({ ownedElsewhere }) => ownedElsewhere);
  return {
    kind: 'done',
    notes: elsewhere.map(
      ({ name }) => `the records of ${name} are somebody else's: give them the check ids, which are outputs of the checks stack`,
    ),
  };
}

/** Records first, then what they hung on, then what moved it: at no moment does a record hang on something that is gone. */
function nextOfRemoval(state: DeployState): Step {
  const { checks, groups, regions } = state;
  const attached = groups.find((group) => isAttached(group));
  if (attached !== undefined) return { kind: 'detach', group: attached.name };
  if (checks !== 'absent' && checks !== 'unneeded') {
    const elsewhere = groups.find(({ ownedElsewhere }) => ownedElsewhere);
    if (elsewhere !== undefined && state.recordsReleased !== true)
      return {
        kind: 'refused',
        reason: `the records of ${elsewhere.name} are somebody else's: have the checks taken off them, then say --records-released`,
      };
    return { kind: 'destroy', stack: 'checks' };
  }
  const region = regions.findLast((each) => each.region !== 'absent');
  if (region !== undefined) return { kind: 'destroy', stack: 'region', region: region.name };
  const kept = regions.filter(({ data }) => data !== 'absent').map(({ name }) => name);
  return {
    kind: 'done',
    notes: kept.length === 0 ? [] : [`the tables in ${kept.join(', ')} are kept with their stacks: docs/deploy.md says how to delete them`],
  };
}

function isAttached({ attached, ownedElsewhere }: GroupState): boolean {
  return attached !== 'none' && !ownedElsewhere;
}

function stacksOf({ regions, checks }: DeployState): { name: string; state: StackState }[] {
  return [
    ...regions.flatMap((each) => [
      { name: `the data stack of ${each.name}`, state: each.data },
      { name: `the stack of ${each.name}`, state: each.region },
    ]),
    ...(checks === 'unneeded' ? [] : [{ name: 'the checks stack', state: checks }]),
  ];
}

/** The state after a step that went well: what `--plan` walks along. */
export function foretell(state: DeployState, step: Step): DeployState {
  switch (step.kind) {
    case 'bootstrap':
      return { ...state, regions: state.regions.map((each) => (each.name === step.region ? { ...each, bootstrapped: true } : each)) };
    case 'deploy':
      return withStack(state, step, 'current');
    case 'destroy':
      return withStack(state, step, 'absent');
    case 'wait':
      return waited(state, step);
    case 'attach':
      return withGroup(state, step.group, 'all');
    case 'detach':
      return withGroup(state, step.group, 'none');
    case 'refused':
    case 'done':
      return state;
  }
}

function withStack(state: DeployState, { stack, region }: { stack: StackKind; region?: string }, look: StackState): DeployState {
  if (stack === 'checks') return { ...state, checks: look, groups: state.groups.map((group) => ({ ...group, healthyMinutes: 0 })) };
  return { ...state, regions: state.regions.map((each) => (each.name === region ? { ...each, [stack]: look } : each)) };
}

function withGroup(state: DeployState, name: string, attached: GroupState['attached']): DeployState {
  return { ...state, groups: state.groups.map((group) => (group.name === name ? { ...group, attached } : group)) };
}

function waited(state: DeployState, { until, region }: Extract<Step, { kind: 'wait' }>): DeployState {
  const names = state.regions.map(({ name }) => name);
  switch (until) {
    case 'settled':
      return {
        ...state,
        regions: state.regions.map((each) => ({ ...each, data: settled(each.data), region: settled(each.region) })),
        checks: state.checks === 'unneeded' ? 'unneeded' : settled(state.checks),
      };
    case 'watching':
      return {
        ...state,
        regions: state.regions.map((each) => (each.name === region ? { ...each, heard: [...each.heard, region] } : each)),
      };
    case 'heartbeats':
      return { ...state, regions: state.regions.map((each) => ({ ...each, heard: names })) };
    case 'healthy':
      return { ...state, groups: state.groups.map((group) => ({ ...group, healthyMinutes: healthyMinutesMin })) };
  }
}

const settled = (look: StackState): StackState => (look === 'busy' ? 'stale' : look);
