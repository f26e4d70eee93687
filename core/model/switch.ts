import * as z from 'zod';

/** A switch that people (or an escalation) set: `kill`, `pause`, `freeze/<target>`. */
export const Switch = z.object({ on: z.boolean(), by: z.string(), at: z.number(), reason: z.string() });
export type Switch = z.infer<typeof Switch>;

export const killSwitch = 'kill';
export const pauseSwitch = 'pause';
export const freezeSwitch = (target: string): string => `freeze/${target}`;
