import type { StageContext } from '../config/stage-context.ts';
import { failed, type MessageBody, type MessageType, ok, type Result } from '../model/index.ts';
import { composeMessage } from '../ports/compose-message.ts';
import { within } from '../ports/within.ts';

const sendMs = 3_000;

function peersOf(ctx: StageContext): string[] {
  return ctx.config.regions.map((region) => region.name).filter((name) => name !== ctx.region);
}

/** Sends to every peer but those in `avoid`, side by side; answers the peers that did not take it. */
export async function tellPeers<T extends MessageType>(
  ctx: StageContext,
  type: T,
  body: MessageBody<T>,
  avoid: readonly string[] = [],
): Promise<string[]> {
  const message = composeMessage(ctx, type, body);
  const peers = peersOf(ctx).filter((peer) => !avoid.includes(peer));
  const sent = await Promise.all(peers.map((peer) => ctx.ports.bus.send(peer, message, within(ctx.ports.clock, sendMs))));
  return peers.filter((_, index) => sent[index]?.ok !== true);
}

export async function tellOwn<T extends MessageType>(ctx: StageContext, type: T, body: MessageBody<T>): Promise<Result<void>> {
  return ctx.ports.bus.publish(composeMessage(ctx, type, body), within(ctx.ports.clock, sendMs));
}

/** Sends to one region, the own one included. */
export async function tellRegion<T extends MessageType>(
  ctx: StageContext,
  region: string,
  type: T,
  body: MessageBody<T>,
): Promise<Result<void>> {
  if (region === ctx.region) return tellOwn(ctx, type, body);
  if (!peersOf(ctx).includes(region)) return failed('not-found', `${region} is no configured region`);
  const sent = await ctx.ports.bus.send(region, composeMessage(ctx, type, body), within(ctx.ports.clock, sendMs));
  return sent.ok ? ok(undefined) : sent;
}
