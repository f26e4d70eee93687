import * as z from 'zod';

/** A variable that holds JSON: Lambda's environment knows text only. */
export function jsonText<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, ctx): unknown => {
      try {
        return JSON.parse(text);
      } catch (error) {
        ctx.addIssue({ code: 'custom', message: `is not JSON: ${error instanceof Error ? error.message : String(error)}` });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const byRegion = jsonText(z.record(z.string(), z.string()));

/** What every function is given. Names of peers' resources are fixed names, since no template can refer to another region's. */
export const commonEnv = {
  AWS_REGION: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  BUS_NAME: z.string().min(1),
};

export const senderEnv = {
  /** Peers' buses by region: a name, or an ARN where another account owns it. */
  PEER_BUSES: byRegion,
};

export const journalEnv = {
  /** Peers' tables by region: a name, or an ARN where another account owns it. */
  PEER_TABLES: byRegion,
};

export const machineEnv = {
  /** What stands before a machine's name in its ARN. */
  MACHINE_ARN_PREFIX: z.string().min(1),
};

export const metricEnv = { METRIC_NAMESPACE: z.string().min(1) };

export const topicEnv = {
  /** The own region's topic first, then the peers'. */
  TOPIC_ARNS: jsonText(z.array(z.string())),
};

/** The environment of a function as the template writes it: AWS_REGION is Lambda's own. */
export type Written<T extends z.ZodType> = Omit<z.input<T>, 'AWS_REGION'>;
