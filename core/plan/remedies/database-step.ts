import { servicesOfGroup } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { failed, ok, type Result, type Step } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { once, step } from '../step.ts';

const callMs = 15_000;
const moveSeconds = 420;

/**
 * The step that moves the writer of the group's database into `to`; null when nothing has to move (DynamoDB global tables write
 * everywhere). While the source is well it is a switchover, which loses nothing and can be taken back; else a failover, which may lose
 * what was not replicated: a point of no return, and so for a person to allow. One writer can be moved in one run.
 */
export async function databaseStep({ config, ports }: StageContext, group: string, from: string, to: string): Promise<Result<Step | null>> {
  const ids = new Set(
    servicesOfGroup(config, group).flatMap((service) => {
      const database = service.deployments[to]?.database;
      return database === undefined || database.kind === 'dynamodb-global' ? [] : [database.id];
    }),
  );
  const [id, ...others] = ids;
  if (id === undefined) return ok(null);
  if (others.length > 0)
    return failed(
      'refused',
      `the services of ${group} stand on ${ids.size} databases with a writer of their own; one can be moved in one run`,
    );
  const status = await ports.data.status(id, within(ports.clock, callMs));
  if (!status.ok) return status;
  if (status.value.writer !== from) return ok(null);
  const source = status.value.members.find((member) => member.region === from);
  if (source?.status === 'available')
    return ok(
      step('database', 'move-database', { database: id, to }, once(moveSeconds), { kind: 'return-database', verify: once(moveSeconds) }),
    );
  return ok({ ...step('database', 'move-database', { database: id, to, approval: 'plan' }, once(moveSeconds)), irreversible: true });
}
