import type { Capacity } from '../model/index.ts';

/** The settings that we may have changed; how many units run follows from them. */
export function settingsEqual(a: Capacity, b: Capacity): boolean {
  const ejected = (capacity: Capacity) => capacity.units.filter((unit) => unit.ejected).length;
  return (
    a.desired === b.desired &&
    a.min === b.min &&
    a.max === b.max &&
    a.size?.cpu === b.size?.cpu &&
    a.size?.memoryMiB === b.size?.memoryMiB &&
    a.concurrency?.provisioned === b.concurrency?.provisioned &&
    a.concurrency?.reserved === b.concurrency?.reserved &&
    ejected(a) >= ejected(b)
  );
}
