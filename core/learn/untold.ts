import type { StageContext } from '../config/stage-context.ts';
import { avoidOf } from '../knowledge/incidents.ts';
import { noteOfIncident, noteOfRun } from '../knowledge/notes.ts';
import { queryStored } from '../knowledge/stored.ts';
import { isTold, tellOnce } from '../knowledge/tell-people.ts';
import { type Incident, type Notification, Run } from '../model/index.ts';

const runsMax = 500;
/** A note is told within seconds; after so long whoever had to tell it is taken to have died, and after a day nobody wants to know. */
const untoldMs = { from: 90_000, until: 24 * 3_600_000 };
const rankWaitMs = 60_000;

/** Something that came about, and what people have to hear of it. */
interface News {
  note: Omit<Notification, 'at'>;
  at: number;
  /** The region that has to tell it, whose death is the reason to look. */
  teller: string;
  avoid: readonly string[];
}

/**
 * Once a minute in every region: what came about and is not known to have been told is told here, in the place of a region that died, or
 * whose topics did not take it: the teller itself first, then one region after the other, each a minute later (ADR 0006).
 */
export async function tellUntold(ctx: StageContext, incidents: readonly Incident[]): Promise<void> {
  const { store, clock } = ctx.ports;
  const runs = await queryStored(store, clock, 'run#', runsMax, Run);
  const all = [
    ...(runs.ok ? runs.value.flatMap(newsOfRun) : []),
    ...(await Promise.all(incidents.map((each) => newsOfIncident(ctx, each)))),
  ];
  for (const news of all) if (isDue(ctx, news)) await tellInPlace(ctx, news);
}

function newsOfRun(run: Run): News[] {
  const note = noteOfRun(run);
  return note === null ? [] : [{ note, at: run.endedAt ?? run.startedAt, teller: run.holder, avoid: run.avoid }];
}

async function newsOfIncident(ctx: StageContext, incident: Incident): Promise<News> {
  const at = incident.changedAt ?? incident.openedAt;
  return { note: noteOfIncident(incident), at, teller: incident.region, avoid: await avoidOf(ctx, incident) };
}

function isDue(ctx: StageContext, { at, teller, avoid }: News): boolean {
  const heirs = ctx.config.regions.map((region) => region.name).filter((name) => name !== teller && !avoid.includes(name));
  const rank = [teller, ...heirs].indexOf(ctx.region);
  const since = ctx.ports.clock.now() - at;
  return rank >= 0 && since >= untoldMs.from + rank * rankWaitMs && since < untoldMs.until;
}

async function tellInPlace(ctx: StageContext, { note, teller, avoid }: News): Promise<void> {
  if (await isTold(ctx, note.id, avoid)) return;
  const text = `${note.text} (${ctx.region} tells it, for ${teller} has not confirmed that it did: a second message with the key ${note.id} is the same one)`;
  await tellOnce(ctx, { ...note, text }, avoid);
}
