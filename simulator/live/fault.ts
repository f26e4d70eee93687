import * as z from 'zod';

/** What can be broken here, by click or by scenario. */
export const LiveFault = z.discriminatedUnion('kind', [
  /** Everything at the region's addresses refuses, and evenkeel itself is gone there. */
  z.strictObject({ kind: z.literal('region-down'), region: z.string() }),
  /** Units that start in the region from now on never become ready. */
  z.strictObject({ kind: z.literal('cold-units'), region: z.string() }),
  /** One process dies; the platform starts another. */
  z.strictObject({ kind: z.literal('unit-crash'), service: z.string(), region: z.string() }),
  /** One process answers errors, but not to its health check. */
  z.strictObject({ kind: z.literal('unit-errors'), service: z.string(), region: z.string() }),
  /** Every process of it takes more and more memory. */
  z.strictObject({ kind: z.literal('memory-leak'), service: z.string(), region: z.string() }),
  z.strictObject({ kind: z.literal('http-errors'), service: z.string(), region: z.string() }),
  z.strictObject({ kind: z.literal('latency'), service: z.string(), region: z.string() }),
  /** The name of an AWS service of the catalogue has no address any more. */
  z.strictObject({ kind: z.literal('dns-nodata'), service: z.string(), region: z.string() }),
]);
export type LiveFault = z.infer<typeof LiveFault>;

export function describeFault(fault: LiveFault): string {
  return `${'service' in fault ? `${fault.service} in ${fault.region}` : fault.region}: ${effectOf(fault)}`;
}

/** What happens to whatever the fault strikes. */
export function effectOf({ kind }: LiveFault): string {
  switch (kind) {
    case 'region-down':
      return 'everything is killed or refuses';
    case 'cold-units':
      return 'new units never become ready';
    case 'unit-crash':
      return 'one unit dies';
    case 'unit-errors':
      return 'one unit answers 500, but not to its health check';
    case 'memory-leak':
      return 'all units leak memory';
    case 'http-errors':
      return 'all units answer 500';
    case 'latency':
      return 'all units answer late';
    case 'dns-nodata':
      return 'its name loses its addresses';
  }
}
