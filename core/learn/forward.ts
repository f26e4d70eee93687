import type { StageContext } from '../config/stage-context.ts';
import { avoidOf, readIncident } from '../knowledge/incidents.ts';
import { readStored } from '../knowledge/stored.ts';
import { confirm, tellOnce } from '../knowledge/tell-people.ts';
import { retryTransient } from '../knowledge/transient.ts';
import { type Notification, ok, type Result, storeKey, Told } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { type ConfiguredReceiver, receiversOf, withSecrets } from './receivers.ts';

const deliverMs = 6_000;
const secretsMs = 3_000;
const dayMs = 24 * 3_600_000;

/**
 * Hands on what evenkeel's own topic of this region took, to the topics and webhooks of the configuration. Who has it is on record under
 * the key of the note and the receiver's name (ADR 0008), so that a second delivery tells nobody twice. Fails when somebody did not take
 * it: whoever delivers it again meets only those who lack it. People are paged about a deaf receiver, once a day.
 */
export async function forward(ctx: StageContext, note: Notification): Promise<Result<void>> {
  const receivers = receiversOf(ctx.config, note).filter((receiver) => !note.id.startsWith(deafPrefix(receiver)));
  if (receivers.length === 0) return ok(undefined);
  const avoid = await avoidFor(ctx, note);
  const results = await Promise.all(receivers.map((receiver) => handOver(ctx, note, receiver, avoid)));
  return results.find((result) => !result.ok) ?? ok(undefined);
}

/** Copies of the record go to no region that is given up. */
async function avoidFor(ctx: StageContext, { incident }: Notification): Promise<readonly string[]> {
  if (incident === undefined) return [];
  const known = await readIncident(ctx, incident);
  return known.ok ? avoidOf(ctx, known.value) : [];
}

async function handOver(
  ctx: StageContext,
  note: Notification,
  receiver: ConfiguredReceiver,
  avoid: readonly string[],
): Promise<Result<void>> {
  const { store, clock } = ctx.ports;
  const key = `${note.id}/to/${receiver.name}`;
  const known = await readStored(store, clock, storeKey.told(key), Told);
  if (known.ok && known.value.value !== null) return ok(undefined);
  const delivered = await deliver(ctx, note, receiver);
  ctx.ports.trace.record({
    kind: 'Notified',
    subject: note.incident ?? ctx.region,
    ...(note.incident === undefined ? {} : { incident: note.incident }),
    data: { severity: note.severity, page: note.page, title: note.title, delivered: delivered.ok, receiver: receiver.name },
    reason: delivered.ok ? note.text : delivered.reason,
  });
  if (delivered.ok) await confirm(ctx, { key, by: ctx.region, at: clock.now() }, avoid);
  else await pageAboutDeaf(ctx, note, receiver, delivered.reason, avoid);
  return delivered;
}

async function deliver(ctx: StageContext, note: Notification, receiver: ConfiguredReceiver): Promise<Result<void>> {
  const { clock, courier } = ctx.ports;
  const secrets =
    receiver.references.length === 0 ? ok(new Map()) : await ctx.ports.secrets.read(receiver.references, within(clock, secretsMs));
  if (!secrets.ok) return secrets;
  const ready = withSecrets(receiver, secrets.value);
  if (!ready.ok) return ready;
  const taken = await retryTransient(ctx, () => courier.deliver(ready.value, note, within(clock, deliverMs)));
  return taken.ok ? ok(undefined) : taken;
}

const deafPrefix = ({ name }: ConfiguredReceiver): string => `deaf/${name}/`;

/** Through evenkeel's own topics, and to every other receiver. */
async function pageAboutDeaf(
  ctx: StageContext,
  note: Notification,
  receiver: ConfiguredReceiver,
  reason: string,
  avoid: readonly string[],
): Promise<void> {
  await tellOnce(
    ctx,
    {
      id: `${deafPrefix(receiver)}${Math.floor(ctx.ports.clock.now() / dayMs)}`,
      severity: 'critical',
      page: true,
      title: `${receiver.name} does not take what it should be told`,
      text: `${reason}. What it lacks: ${note.title} (key ${note.id}). It is tried again; what is not taken then lies in the dead letters of ${ctx.region}`,
    },
    avoid,
  );
}
