import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { readStored, updateStored } from '../knowledge/stored.ts';
import { type Anomaly, AnomalyKind, type AnomalyNews, storeKey } from '../model/index.ts';

/** An anomaly of one endpoint, or of a whole region. */
export interface FoundAnomaly {
  service: string;
  region: string;
  endpoint: string;
  kind: AnomalyKind;
  anomaly: Anomaly;
}

const Active = z.object({
  service: z.string(),
  region: z.string(),
  kind: AnomalyKind,
  severity: z.enum(['warning', 'critical']),
  confidence: z.number(),
  since: z.number(),
  /** When each endpoint last showed it. */
  endpoints: z.record(z.string(), z.number()),
  reason: z.string(),
});

/** By `service/region/kind`; whatever process judged the endpoint, what it found is told by the one that sends the observation. */
const Book = z.record(z.string(), Active);
type Book = z.infer<typeof Book>;

const bookKey = storeKey.detector('anomalies');
/** A lasting anomaly is written again this often; one that was not seen for longer than the second is over. */
const renewMs = 120_000;
const overMs = 300_000;
const endpointsMax = 20;
const entriesMax = 200;

/** Notes what was found, in one write at most, and in none while everything in it was noted a moment ago. `noted` is the process's memory. */
export async function noteAnomalies(ctx: StageContext, noted: Map<string, number>, found: readonly FoundAnomaly[]): Promise<void> {
  const fresh = found.filter((each) => each.anomaly.at - (noted.get(endpointKey(each)) ?? Number.NEGATIVE_INFINITY) >= renewMs);
  if (fresh.length === 0) return;
  const { store, clock } = ctx.ports;
  const written = await updateStored(store, clock, bookKey, Book, (current) => withFound(current ?? {}, found, clock.now()));
  if (written.ok) for (const each of found) noted.set(endpointKey(each), each.anomaly.at);
}

const activeKey = ({ service, region, kind }: FoundAnomaly): string => `${service}/${region}/${kind}`;
const endpointKey = (found: FoundAnomaly): string => `${activeKey(found)}/${found.endpoint}`;

function withFound(before: Book, found: readonly FoundAnomaly[], now: number): Book {
  const book = stillActive(before, now);
  for (const each of found) {
    const key = activeKey(each);
    const { service, region, endpoint, kind, anomaly } = each;
    const known = book[key];
    if (known === undefined && Object.keys(book).length >= entriesMax) continue;
    const endpoints = { ...known?.endpoints };
    if (endpoints[endpoint] !== undefined || Object.keys(endpoints).length < endpointsMax) endpoints[endpoint] = anomaly.at;
    const surest = known === undefined || anomaly.confidence >= known.confidence;
    const { severity, confidence, reason } = surest ? anomaly : known;
    book[key] = { service, region, kind, severity, confidence, since: known?.since ?? anomaly.at, endpoints, reason };
  }
  return book;
}

function stillActive(book: Book, now: number): Book {
  const active: Book = {};
  for (const [key, each] of Object.entries(book)) {
    const endpoints = Object.fromEntries(Object.entries(each.endpoints).filter(([, at]) => now - at <= overMs));
    if (Object.keys(endpoints).length > 0) active[key] = { ...each, endpoints };
  }
  return active;
}

/** What this observer's detectors hold against anybody now, for its observation. */
export async function anomalyNews(ctx: StageContext): Promise<AnomalyNews[]> {
  const { store, clock } = ctx.ports;
  const read = await readStored(store, clock, bookKey, Book);
  const book = read.ok && read.value.value !== null ? stillActive(read.value.value, clock.now()) : {};
  return Object.values(book).map(({ endpoints, ...rest }) => ({ ...rest, endpoints: Object.keys(endpoints).length }));
}
