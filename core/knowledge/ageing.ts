import type { Json } from '../model/index.ts';

const dayMs = 86_400_000;

/**
 * How long what has ended can be read, by family, and from when on. Lists of these families are read whole and are bounded: what never aged
 * would crowd out what is open. A quarter of a year of incidents is what predictions by the hour of the week use.
 */
const kept: Readonly<Record<string, { from: string; days: number }>> = {
  incident: { from: 'resolvedAt', days: 92 },
  run: { from: 'endedAt', days: 31 },
  plan: { from: 'createdAt', days: 31 },
  step: { from: 'intentAt', days: 31 },
};

/** When an item may go, epoch ms; undefined while it has not ended, and for what stays. */
export function agesAt(key: string, body: Json): number | undefined {
  const rule = kept[key.slice(0, key.indexOf('#'))];
  if (rule === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const at = body[rule.from];
  return typeof at === 'number' ? at + rule.days * dayMs : undefined;
}
