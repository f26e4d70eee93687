import { adaptiveController, hpaController, mpcController, pidController, planController, planOverHpaController } from './controllers.ts';
import { historyDays, type LoadName, loadOf, minutesPerDay } from './loads.ts';
import { type Controller, type DayFigures, disturbances, runDay } from './plant.ts';

const loads: LoadName[] = ['diurnal', 'spiky', 'growth'];

export const controllers: Record<string, () => Controller> = {
  hpa: hpaController,
  pid: pidController,
  plan: planController,
  'plan over hpa': planOverHpaController,
  mpc: mpcController,
  adaptive: adaptiveController,
};

export interface CapacityRow extends DayFigures {
  load: LoadName;
  disturbance: string;
  controller: string;
}

/** Every controller on every load under every disturbance: one day each, after a week of history. */
export async function capacityExperiment(seeds: readonly number[], names: readonly string[] = Object.keys(controllers)): Promise<CapacityRow[]> {
  const rows: CapacityRow[] = [];
  for (const load of loads) {
    for (const disturbance of disturbances) {
      for (const controller of names) {
        const total: DayFigures = { saturatedMinutes: 0, unitHours: 0, changes: 0 };
        for (const seed of seeds) {
          const make = controllers[controller] ?? hpaController;
          const day = await runDay(loadOf(load, disturbance.noise, seed), historyDays * minutesPerDay, disturbance, make(), seed);
          total.saturatedMinutes += day.saturatedMinutes / seeds.length;
          total.unitHours += day.unitHours / seeds.length;
          total.changes += day.changes / seeds.length;
        }
        rows.push({ load, disturbance: disturbance.name, controller, ...total });
      }
    }
  }
  return rows;
}
