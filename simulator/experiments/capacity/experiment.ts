import {
  adaptiveController,
  hpaController,
  mpcController,
  mpcOverHpaController,
  pidController,
  planController,
  planOverHpaController,
} from './controllers.ts';
import { historyDays, type LoadName, loadOf, minutesPerDay } from './loads.ts';
import { type Controller, type DayFigures, type Disturbance, disturbances, runDay } from './plant.ts';

const loads: LoadName[] = ['diurnal', 'spiky', 'growth'];

const controllers: Record<string, () => Controller> = {
  hpa: hpaController,
  pid: pidController,
  plan: planController,
  'plan over hpa': planOverHpaController,
  mpc: mpcController,
  'mpc over hpa': mpcOverHpaController,
  adaptive: adaptiveController,
};

export interface CapacityRow extends DayFigures {
  load: LoadName;
  disturbance: string;
  controller: string;
}

/** Every controller on every load under every disturbance: one day each, after a week of history. Figures are means over the seeds. */
export async function capacityExperiment(
  seeds: readonly number[],
  names: readonly string[] = Object.keys(controllers),
  onLoads: readonly LoadName[] = loads,
  under: readonly Disturbance[] = disturbances,
): Promise<CapacityRow[]> {
  const rows: CapacityRow[] = [];
  for (const load of onLoads) {
    for (const disturbance of under) {
      for (const controller of names) rows.push(await meanDay(load, disturbance, controller, seeds));
    }
  }
  return rows;
}

async function meanDay(load: LoadName, disturbance: Disturbance, controller: string, seeds: readonly number[]): Promise<CapacityRow> {
  const row: CapacityRow = { load, disturbance: disturbance.name, controller, saturatedMinutes: 0, unitHours: 0, changes: 0 };
  const make = controllers[controller] ?? hpaController;
  for (const seed of seeds) {
    const day = await runDay(loadOf(load, disturbance.noise, seed), historyDays * minutesPerDay, disturbance, make(), seed);
    row.saturatedMinutes += day.saturatedMinutes / seeds.length;
    row.unitHours += day.unitHours / seeds.length;
    row.changes += day.changes / seeds.length;
  }
  return row;
}
