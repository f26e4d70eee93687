import type { StageContext } from '../config/stage-context.ts';
import { type Capacity, type CapacityChange, type Fence, ok, type Result, type Target } from '../model/index.ts';
import { within } from '../ports/within.ts';

const callMs = 8_000;

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

/** Units that a readmission has put back and that still take traffic. A unit that has ended meanwhile is not one of them. */
function broughtBack(change: CapacityChange, before: Capacity, now: Capacity): string[] {
  if (change.kind !== 'readmit') return [];
  const wasOut = before.units.filter((unit) => unit.ejected && change.units.includes(unit.id)).map((unit) => unit.id);
  return now.units.filter((unit) => !unit.ejected && wasOut.includes(unit.id)).map((unit) => unit.id);
}

/** Whether nothing of the change is left. */
export function isTakenBack(change: CapacityChange, before: Capacity, now: Capacity): boolean {
  return settingsEqual(before, now) && broughtBack(change, before, now).length === 0;
}

/**
 * Takes a change back. A readmission is taken back by ejecting: `undo` of the port never takes a unit out, since a unit that was starting
 * at the snapshot looked as if it were out.
 */
export async function takeBack(
  { ports: { capacity, clock } }: StageContext,
  target: Target,
  change: CapacityChange,
  before: Capacity,
  fence: Fence,
): Promise<Result<void>> {
  if (change.kind !== 'readmit') return capacity.undo(target, before, fence, within(clock, callMs));
  const now = await capacity.snapshot(target, within(clock, callMs));
  if (!now.ok) return now;
  const units = broughtBack(change, before, now.value);
  return units.length === 0 ? ok(undefined) : capacity.apply(target, { kind: 'eject', units }, fence, within(clock, callMs));
}
