import * as z from 'zod';

/** What past outcomes of one action for one alert came to. */
export const Lesson = z.object({
  action: z.string(),
  alert: z.string(),
  attempts: z.number().int().nonnegative(),
  successes: z.number().int().nonnegative(),
  meanSeconds: z.number().nonnegative(),
  lastAt: z.number(),
});
export type Lesson = z.infer<typeof Lesson>;
