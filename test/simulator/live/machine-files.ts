import { readdirSync, readFileSync } from 'node:fs';
import { type MachineSet, readMachines } from '../../../simulator/host/machine-files.ts';

/** The machines as they are deployed. */
export function machineFiles(): MachineSet {
  const folder = new URL('../../../state-machines/', import.meta.url);
  return readMachines(
    Object.fromEntries(
      readdirSync(folder)
        .filter((file) => file.endsWith('.asl.json'))
        .map((file) => [file.slice(0, -'.asl.json'.length), readFileSync(new URL(file, folder), 'utf8')]),
    ),
  );
}
