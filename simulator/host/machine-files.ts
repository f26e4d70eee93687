import type { Machine } from '../asl/machine.ts';
import { parseMachine } from '../asl/parse-machine.ts';
import type { Json } from '../asl/types.ts';

/** Machines by name (`failover`), parsed once for all runs. */
export type MachineSet = ReadonlyMap<string, Machine>;

const token = /^\$\{([A-Za-z]+?)(Function|Machine)Arn\}$/;

/**
 * Reads machine files, whose texts come from outside. Tokens stand for the names that the simulator knows: `${StepApplyFunctionArn}`
 * becomes `step-apply`, `${FailoverMachineArn}` becomes `failover`.
 * @param files text by file name without `.asl.json`
 */
export function readMachines(files: Record<string, string>): MachineSet {
  return new Map(Object.entries(files).map(([name, text]) => [name, parseMachine(withNames(JSON.parse(text)))]));
}

function withNames(value: Json): Json {
  if (typeof value === 'string') return value.replace(token, (_, name: string) => kebab(name));
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withNames);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNames(member)]));
}

function kebab(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
