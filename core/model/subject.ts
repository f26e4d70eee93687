import * as z from 'zod';

/** What a statement is about; every further field narrows it. */
export const Subject = z.object({
  service: z.string(),
  region: z.string().optional(),
  endpoint: z.string().optional(),
  unit: z.string().optional(),
});
export type Subject = z.infer<typeof Subject>;

/** One string per subject, usable as a key: `service/region/endpoint/unit`, absent parts as `-`, trailing ones dropped. */
export function subjectKey(subject: Subject): string {
  const parts = [subject.service, subject.region ?? '-', subject.endpoint ?? '-', subject.unit ?? '-'];
  while (parts.length > 1 && parts.at(-1) === '-') parts.pop();
  return parts.join('/');
}
