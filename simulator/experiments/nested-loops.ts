import { SeededRandom } from '../world/random.ts';

/** Three levels at which something can be wrong and be put right: a unit, the size of the service, the region. */
interface Level {
  name: string;
  /** Share of the service that its action touches. */
  blast: number;
  actionSeconds: number;
  /** The nested loop of the level looks this often and acts once the symptom has stood this long. */
  periodSeconds: number;
  patienceSeconds: number;
}

const levels: Level[] = [
  { name: 'unit', blast: 0.1, actionSeconds: 60, periodSeconds: 10, patienceSeconds: 20 },
  { name: 'capacity', blast: 0.2, actionSeconds: 180, periodSeconds: 60, patienceSeconds: 120 },
  { name: 'region', blast: 1, actionSeconds: 180, periodSeconds: 60, patienceSeconds: 240 },
];
/** How likely the action of a level (row) cures a fault of a level (column): chosen. */
const cures = [
  [0.9, 0.05, 0],
  [0.3, 0.85, 0],
  [0.9, 0.9, 0.92],
];
/** Shares of the faults of each level: chosen, most are small. */
const faultShares = [0.6, 0.3, 0.1];
const detectSeconds = 30;
/** How often the cause names the right level: the figure of `bench -- cause`. */
const locusRight = 0.95;
const peopleSeconds = 1_800;

export interface LoopFigures {
  loops: string;
  meanSeconds: number;
  meanBlast: number;
  actions: number;
  /** Actions that ran while another loop's action on the same service ran. */
  collisions: number;
  /** Regions moved although something gentler would have done. */
  needlessMoves: number;
}

/** The same faults with the same dice under one loop, three loops side by side, and three loops under a coordinator. */
export function loopsExperiment(incidents: number): LoopFigures[] {
  return [oneLoop, nested(false), nested(true)].map((run, index) => {
    const sum: Omit<LoopFigures, 'loops'> = { meanSeconds: 0, meanBlast: 0, actions: 0, collisions: 0, needlessMoves: 0 };
    for (let incident = 0; incident < incidents; incident += 1) {
      const random = new SeededRandom(`loops/${incident}`);
      const figures = run(faultOf(random.fork('fault')), random);
      for (const key of ['meanSeconds', 'meanBlast', 'actions', 'collisions', 'needlessMoves'] as const)
        sum[key] += figures[key] / incidents;
    }
    return { loops: ['one loop', 'three loops', 'three loops, coordinator'][index] ?? '', ...sum };
  });
}

type Figures = Omit<LoopFigures, 'loops'>;

function faultOf(random: SeededRandom): number {
  const draw = random.next();
  return draw < (faultShares[0] ?? 0) ? 0 : draw < (faultShares[0] ?? 0) + (faultShares[1] ?? 0) ? 1 : 2;
}

function cured(by: number, fault: number, random: SeededRandom): boolean {
  return random.fork(`cure/${by}`).chance(cures[by]?.[fault] ?? 0);
}

/** evenkeel: the cause names the level to begin at, one action at a time, each verified, then the next level up. */
function oneLoop(fault: number, random: SeededRandom): Figures {
  const right = random.fork('locus').chance(locusRight);
  const first = right ? fault : random.fork('wrong').integer(0, levels.length - 1);
  const figures = { meanSeconds: detectSeconds, meanBlast: 0, actions: 0, collisions: 0, needlessMoves: 0 };
  for (const [index, level] of levels.entries()) {
    if (index < first) continue;
    figures.meanSeconds += level.actionSeconds;
    figures.meanBlast += level.blast;
    figures.actions += 1;
    if (index === 2 && fault < 2) figures.needlessMoves += 1;
    if (cured(index, fault, random)) return figures;
  }
  return { ...figures, meanSeconds: figures.meanSeconds + peopleSeconds };
}

interface Running {
  level: number;
  until: number;
}

/**
 * Each level has its own loop with its own pace, blind to the others. With the coordinator only one action runs at a time, and a loop that
 * is about to act waits until the level below has had its turn.
 */
function nested(coordinated: boolean): (fault: number, random: SeededRandom) => Figures {
  return (fault, random) => {
    const figures = { meanSeconds: 0, meanBlast: 0, actions: 0, collisions: 0, needlessMoves: 0 };
    const phase = levels.map((level, index) => random.fork(`phase/${index}`).integer(0, level.periodSeconds - 1));
    const tried = new Set<number>();
    let running: Running[] = [];
    for (let at = 0; at < peopleSeconds; at += 1) {
      const done = running.find((each) => each.until <= at && cured(each.level, fault, random));
      if (done !== undefined) return { ...figures, meanSeconds: at };
      running = running.filter((each) => each.until > at);
      for (const [index, level] of levels.entries()) {
        const due = at >= level.patienceSeconds && (at + (phase[index] ?? 0)) % level.periodSeconds === 0;
        if (!due || tried.has(index)) continue;
        if (coordinated && (running.length > 0 || (index > 0 && !tried.has(index - 1)))) continue;
        if (running.length > 0) figures.collisions += 1;
        tried.add(index);
        running.push({ level: index, until: at + level.actionSeconds });
        figures.actions += 1;
        figures.meanBlast += level.blast;
        if (index === 2 && fault < 2) figures.needlessMoves += 1;
      }
      if (tried.size === levels.length && running.length === 0) return { ...figures, meanSeconds: at + peopleSeconds };
    }
    return { ...figures, meanSeconds: peopleSeconds };
  };
}
