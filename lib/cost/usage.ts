import { regionsOfService } from '../../core/config/derive.ts';
import { endpointsSeenFrom } from '../../core/config/endpoints-seen.ts';
import type { Config } from '../../core/config/schema.ts';
import { slotOffsetsSeconds } from '../probe/slot-queues.ts';

/** Minutes of a month of 730 hours, as AWS counts. */
export const minutesPerMonth = 43_800;

/**
 * What a calm month costs in work, where no template says it. Times are of warm functions, sizes of items in bytes. The items' sizes
 * and counts were measured on 22 November 2026 by counting what the core wrote in twelve calm simulated minutes of three regions, with
 * 3 and 102 endpoints in 1, 3 and 5 services; the times are estimates, and to be replaced by what an account's REPORT lines say.
 */
export const assumptions = {
  probeSlotSeconds: { withEndpoints: 1, withoutEndpoints: 0.3 },
  analyzeSeconds: { samples: 0.3, observation: 0.1 },
  minuteTaskSeconds: 0.2,
  samplesPerMessage: 100,
  sampleBytes: 500,
  /** Of the endpoints' intervals, in one item per vantage. */
  probeItemBytesPerEndpoint: 115,
  healthItemBytes: { base: 450, perEndpoint: 230 },
  detectorWritesPerEndpoint: 820,
  detectorItemBytes: 8_600,
  readUnits: { base: 1_400_000, perEndpoint: 42_000 },
  logLinesPerMinute: 6,
  logLineBytes: 400,
  /** Long polling: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
  pollsPerQueueMinute: 15,
  /** What lands in the index costs as much again. */
  indexFactor: 2,
};

/** How often things happen in one region and month while everything is well. */
export interface Usage {
  /** Endpoints that this vantage probes. */
  endpoints: number;
  slots: number;
  slotsWithEndpoints: number;
  sampleMessages: number;
  eventsSent: number;
  writeUnits: number;
  readUnits: number;
  /** Series of ProbeSuccess. */
  series: number;
  logGb: number;
}

export function usageOf(config: Config, region: string): Usage {
  const a = assumptions;
  const seen = endpointsSeenFrom(config, region);
  const perMinute = seen.reduce((sum, { endpoint }) => sum + 60 / Math.max(20, endpoint.intervalSeconds.base), 0);
  const slotsAMinute = slotOffsetsSeconds.length;
  const slots = slotsAMinute * minutesPerMonth;
  const busy =
    seen.length === 0
      ? 0
      : Math.min(slotsAMinute, Math.max(...seen.map(({ endpoint }) => 60 / Math.max(20, endpoint.intervalSeconds.base))));
  const samplesPerBusySlot = busy === 0 ? 0 : perMinute / busy;
  const chunks = Math.max(1, Math.ceil((samplesPerBusySlot + 3) / a.samplesPerMessage));
  const sampleMessages = Math.round(minutesPerMonth * (busy * chunks + (slotsAMinute - busy)));
  const peers = config.regions.length - 1;
  const services = config.services.reduce((sum, service) => sum + regionsOfService(config, service).length, 0);
  const catalogue = config.awsEndpoints.length * config.regions.length;
  const states = services + catalogue;
  return {
    endpoints: seen.length,
    slots,
    slotsWithEndpoints: Math.round(busy * minutesPerMonth),
    sampleMessages,
    // A chunk of 64 KB is one event. https://aws.amazon.com/eventbridge/pricing/
    eventsSent:
      sampleMessages * (Math.ceil((Math.min(a.samplesPerMessage, samplesPerBusySlot) * a.sampleBytes) / 65_536) || 1) +
      sampleMessages * peers,
    writeUnits: Math.round(writeUnits(seen.length, states, busy, sampleMessages, peers) * a.indexFactor),
    readUnits: a.readUnits.base + a.readUnits.perEndpoint * seen.length,
    series: states,
    logGb: (minutesPerMonth * a.logLinesPerMinute * a.logLineBytes) / 1e9,
  };
}

function writeUnits(endpoints: number, states: number, busy: number, sampleMessages: number, peers: number): number {
  const a = assumptions;
  const units = (bytes: number) => Math.ceil(bytes / 1024);
  const probe = busy * minutesPerMonth * units(endpoints * a.probeItemBytesPerEndpoint);
  const health =
    states === 0
      ? 0
      : busy * minutesPerMonth * states * units(a.healthItemBytes.base + (endpoints / states) * a.healthItemBytes.perEndpoint);
  const observations = sampleMessages * (1 + peers);
  const detectors = endpoints * a.detectorWritesPerEndpoint * units(a.detectorItemBytes);
  return probe + health + observations + detectors;
}
