import * as z from 'zod';

/** What can be broken here, by click or by scenario. */
export const LiveFault = z.discriminatedUnion('kind', [
  /** Everything at the region's addresses refuses, and evenkeel itself is gone there. */
  z.strictObject({ kind: z.literal('region-down'), region: z.string() }),
  /** Units that start in the region from now on never become ready. */
  z.strictObject({ kind: z.literal('cold-units'), region: z.string() }),
  /** One process dies; the platform starts another. */
  z.strictObject({ kind: z.literal('unit-crash'), service: z.string(), region: z.string() }),
  z.strictObject({ kind: z.literal('http-errors'), service: z.string(), region: z.string() }),
  z.strictObject({ kind: z.literal('latency'), service: z.string(), region: z.string() }),
  /** The name of an AWS service of the catalogue has no address any more. */
  z.strictObject({ kind: z.literal('dns-nodata'), service: z.string(), region: z.string() }),
]);
export type LiveFault = z.infer<typeof LiveFault>;

export function describeFault(fault: LiveFault): string {
  const what = 'service' in fault ? `${fault.service} in ${fault.region}` : fault.region;
  switch (fault.kind) {
    case 'region-down':
      return `everything in ${what} is killed or refuses`;
    case 'cold-units':
      return `new units in ${what} never become ready`;
    case 'unit-crash':
      return `one unit of ${what} dies`;
    case 'http-errors':
      return `${what} answers 500`;
    case 'latency':
      return `${what} answers late`;
    case 'dns-nodata':
      return `the name of ${what} loses its addresses`;
  }
}
