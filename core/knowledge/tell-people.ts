import type { StageContext } from '../config/stage-context.ts';
import { type Notification, type Result, storeKey, Told } from '../model/index.ts';
import type { Store } from '../ports/index.ts';
import { within } from '../ports/within.ts';
import { patientTables } from './patient-tables.ts';
import { livePeers } from './peer-copies.ts';
import { putStored, readStored } from './stored.ts';

const callMs = 8_000;
/** Longer than anybody looks back for what was not told. */
const keptMs = 7 * 24 * 3_600_000;

/** Sends one notification and says on the timeline whether it was taken. */
export async function tellPeople(ctx: StageContext, note: Notification): Promise<Result<void>> {
  const told = await ctx.ports.notifier.notify(note, within(ctx.ports.clock, callMs));
  ctx.ports.trace.record({
    kind: 'Notified',
    subject: note.incident ?? ctx.region,
    ...(note.incident === undefined ? {} : { incident: note.incident }),
    data: { severity: note.severity, page: note.page, title: note.title, delivered: told.ok },
    reason: note.text,
  });
  return told.ok ? { ok: true, value: undefined } : told;
}

/**
 * Tells what nobody is known to have told: once as far as can be. The confirmation is written after people have it, here and at the
 * peers', so that a death in between has it told twice, under the same id, and never not at all (ADR 0006).
 * @param avoid regions that must not be called
 */
export async function tellOnce(given: StageContext, note: Omit<Notification, 'at'>, avoid: readonly string[]): Promise<Result<void>> {
  const ctx = patientTables(given);
  const { store, clock } = ctx.ports;
  const key = storeKey.told(note.id);
  // A table that cannot be read is no reason for silence.
  const known = await readStored(store, clock, key, Told);
  if (known.ok && known.value.value !== null) return { ok: true, value: undefined };
  const at = clock.now();
  const told = await tellPeople(ctx, { ...note, at });
  if (told.ok) await confirm(ctx, { key: note.id, by: ctx.region, at }, avoid);
  return told;
}

/** Whether people are known to have it, from the own table, else from a peer's; then it is noted here, to be asked once. */
export async function isTold(given: StageContext, id: string, avoid: readonly string[]): Promise<boolean> {
  const ctx = patientTables(given);
  const { store, clock } = ctx.ports;
  const key = storeKey.told(id);
  const own = await readStored(store, clock, key, Told);
  if (own.ok && own.value.value !== null) return true;
  const peers = await Promise.all(livePeers(ctx, avoid).map(([, peer]) => readStored(peer, clock, key, Told)));
  const word = peers.flatMap((peer) => (peer.ok && peer.value.value !== null ? [peer.value.value] : []))[0];
  if (word !== undefined) await keep(ctx, [store], word);
  return word !== undefined;
}

/** Notes in the own table and the peers' that it was told. */
export function confirm(ctx: StageContext, word: Told, avoid: readonly string[]): Promise<void> {
  return keep(ctx, [ctx.ports.store, ...livePeers(ctx, avoid).map(([, peer]) => peer)], word);
}

/** Where it is known already, somebody was quicker and has said the same. */
async function keep(ctx: StageContext, tables: readonly Store[], word: Told): Promise<void> {
  const { clock } = ctx.ports;
  const until = clock.now() + keptMs;
  await Promise.all(tables.map((table) => putStored(table, clock, storeKey.told(word.key), word, 0, until)));
}
