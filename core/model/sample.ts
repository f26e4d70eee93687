import * as z from 'zod';
import { Subject } from './subject.ts';
import { Dimension, Verdict } from './verdict.ts';

/** Milliseconds spent in each phase of a probe; absent when the phase was not reached or does not apply. */
export const PhasesMs = z.object({
  resolve: z.number().optional(),
  connect: z.number().optional(),
  tls: z.number().optional(),
  firstByte: z.number().optional(),
  transfer: z.number().optional(),
});
export type PhasesMs = z.infer<typeof PhasesMs>;

export const SampleStatus = z.enum(['healthy', 'warning', 'critical']);
export type SampleStatus = z.infer<typeof SampleStatus>;

/** One probe of one address of one endpoint from one vantage. */
export const Sample = z.object({
  id: z.string(),
  at: z.number(),
  vantage: z.string(),
  subject: Subject,
  address: z.string().optional(),
  verdict: Verdict,
  status: SampleStatus,
  phasesMs: PhasesMs,
  rcode: z.string().optional(),
  certificateDays: z.number().optional(),
  dimension: Dimension,
  reason: z.string(),
});
export type Sample = z.infer<typeof Sample>;

/** Sum of all phases, milliseconds. */
export function responseTimeMs(phases: PhasesMs): number {
  return (phases.resolve ?? 0) + (phases.connect ?? 0) + (phases.tls ?? 0) + (phases.firstByte ?? 0) + (phases.transfer ?? 0);
}
