import type { Stage } from '../context.ts';
import { peopleDecide } from '../deploy/approvals.ts';
import { goLive } from '../deploy/go-live.ts';
import { failoverHeals, unprovenIsUndone } from '../deploy/heal.ts';
import { type InterpretedMachines, interpretMachines } from '../deploy/interpreted-machines.ts';
import { ordersMeanwhile, switchesAreThrown } from '../deploy/orders.ts';
import { removeLeavesNothingRunning } from '../deploy/removal.ts';
import { openShop } from '../deploy/shop.ts';

const machines = ['respond', 'failover', 'failback', 'script', 'undo'].map((name) => `evenkeel-small-${name}`);

/**
 * The application itself: `evenkeel deploy` brings it to two regions and attaches the records; its schedules fire its probes at real
 * servers; one of these is killed, and the other region's failover, run by our interpreter, moves the answers of a real DNS server
 * and proves it. Another one, that cannot be proven, is undone.
 */
export const deploy: Stage = {
  name: 'deploy',
  async run(context) {
    const shop = await openShop(context);
    const interpreted: InterpretedMachines[] = [];
    try {
      const live = await goLive(shop);
      for (const region of context.regions) interpreted.push(await interpretMachines(context, region, machines));
      const [home, away] = interpreted;
      if (home === undefined || away === undefined) throw new Error('there are two regions');
      const ends = await Promise.all([
        unprovenIsUndone(shop, away),
        failoverHeals(shop, away),
        ordersMeanwhile(shop, away),
        peopleDecide(shop, home, away),
      ]);
      return [...live, ...ends.flat(), ...(await switchesAreThrown(shop)), ...(await removeLeavesNothingRunning(shop))];
    } finally {
      for (const each of interpreted) each.stop();
      await shop.close();
    }
  },
};
