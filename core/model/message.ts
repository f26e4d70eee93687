import * as z from 'zod';
import { AnomalyNews } from './anomaly-news.ts';
import { AssistReport, AssistRequest } from './assist.ts';
import { HealthState } from './health.ts';
import { Incident } from './incident.ts';
import { Outcome } from './outcome.ts';
import { Sample } from './sample.ts';
import { DrainReply, DrainRequest, DrainWithdrawal } from './vote.ts';

/** The version we send; N and N−1 are accepted. */
export const messageVersion = 1;

/** Older heartbeats, observations and requests are dropped; withdrawals and outcomes never. */
export const messageMaxAgeSeconds = 90;

/** What one observer sees of one traffic group in one region. */
export const RegionView = z.object({
  group: z.string(),
  region: z.string(),
  status: HealthState,
  score: z.number(),
  responseMs: z.number(),
  /** When the status last changed, as this observer saw it. */
  since: z.number(),
  reason: z.string(),
});
export type RegionView = z.infer<typeof RegionView>;

/** A release in the observer's own region that is not yet known to be good. */
export const ReleaseNews = z.object({
  service: z.string(),
  version: z.string(),
  at: z.number(),
  /** `failing`: its region takes it back. `given-up`: taking it back did not help. */
  state: z.enum(['watched', 'failing', 'given-up']),
});
export type ReleaseNews = z.infer<typeof ReleaseNews>;

/** What a region has located among its own units by counting: a sick unit, or a zone that is dark for every service (`*`). */
export const Located = z.object({ service: z.string(), locus: z.enum(['unit', 'zone']), unit: z.string() });
export type Located = z.infer<typeof Located>;

/** Everything one region has to say about the others at one slot. */
export const Observation = z.object({
  observer: z.string(),
  at: z.number(),
  abstains: z.boolean(),
  views: z.array(RegionView),
  /** Regions that the authoritative servers answer with, by group, as seen from the observer. */
  traffic: z.record(z.string(), z.array(z.string())),
  /** Releases of the observer's own region that are watched; absent when there are none. */
  releases: z.array(ReleaseNews).optional(),
  /** What it has located in its own region; absent when nothing. */
  located: z.array(Located).optional(),
  /** What its detectors hold against anybody; absent when nothing. */
  anomalies: z.array(AnomalyNews).optional(),
  reason: z.string(),
});
export type Observation = z.infer<typeof Observation>;

export const Heartbeat = z.object({
  region: z.string(),
  at: z.number(),
  version: z.string(),
  /** groups whose own probes fail: heartbeat withheld */ withheld: z.array(z.string()),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export const KillSwitch = z.object({ on: z.boolean(), by: z.string(), at: z.number(), reason: z.string() });
export type KillSwitch = z.infer<typeof KillSwitch>;

/** One slot's samples come in as many messages as it takes; the last brings those of the self-test, and the judgement. */
export const SlotSamples = z.object({ samples: z.array(Sample), last: z.boolean() });
export type SlotSamples = z.infer<typeof SlotSamples>;

const envelope = { v: z.number().int(), from: z.string(), sentAt: z.number(), id: z.string() };

export const Message = z.discriminatedUnion('type', [
  z.object({ ...envelope, type: z.literal('Heartbeat'), body: Heartbeat }),
  z.object({ ...envelope, type: z.literal('Observation'), body: Observation }),
  z.object({ ...envelope, type: z.literal('SamplesTaken'), body: SlotSamples }),
  z.object({ ...envelope, type: z.literal('DrainRequested'), body: DrainRequest }),
  z.object({ ...envelope, type: z.literal('DrainGranted'), body: DrainReply }),
  z.object({ ...envelope, type: z.literal('DrainRefused'), body: DrainReply }),
  z.object({ ...envelope, type: z.literal('DrainWithdrawn'), body: DrainWithdrawal }),
  z.object({ ...envelope, type: z.literal('IncidentOpened'), body: Incident }),
  z.object({ ...envelope, type: z.literal('IncidentChanged'), body: Incident }),
  z.object({ ...envelope, type: z.literal('OutcomeRecorded'), body: Outcome }),
  z.object({ ...envelope, type: z.literal('KillSwitch'), body: KillSwitch }),
  z.object({ ...envelope, type: z.literal('AssistRequested'), body: AssistRequest }),
  z.object({ ...envelope, type: z.literal('AssistReported'), body: AssistReport }),
]);
export type Message = z.infer<typeof Message>;
export type MessageType = Message['type'];
export type MessageBody<T extends MessageType> = Extract<Message, { type: T }>['body'];

const keepsForever: ReadonlySet<MessageType> = new Set([
  'DrainWithdrawn',
  'OutcomeRecorded',
  'IncidentOpened',
  'IncidentChanged',
  'KillSwitch',
]);

/** Whether a received message is too old, from the future, or of a version we do not read; the reason, or null to go on. */
export function messageRefusal(message: Message, now: number): string | null {
  if (message.v !== messageVersion && message.v !== messageVersion - 1)
    return `version ${message.v} is neither ${messageVersion} nor ${messageVersion - 1}`;
  const ageSeconds = (now - message.sentAt) / 1000;
  if (!keepsForever.has(message.type) && Math.abs(ageSeconds) > messageMaxAgeSeconds)
    return `${message.type} is ${Math.round(ageSeconds)} s old; ${messageMaxAgeSeconds} s are allowed`;
  return null;
}
