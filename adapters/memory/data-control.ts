import { type DatabaseStatus, type Fence, failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, DataControl, Look } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue } from './deadline.ts';
import { refusedByFence, type SeenEpochs } from './fence.ts';

/** A database over regions. The world owns the members' status and lag. */
export interface Database extends DatabaseStatus {
  switchoverMs: number;
  failoverMs: number;
  /** The change of the writer that is on its way; `endsAt` null: it never ends. */
  moving: { to: string; endsAt: number | null; lossy: boolean } | null;
  /** Changes of the writer that start from now on never end. */
  neverEnds: boolean;
  /** Seconds of writes that failovers threw away. */
  lostSeconds: number;
}

export interface DataState {
  databases: Record<string, Database>;
  epochs: SeenEpochs;
}

export function createDataState(): DataState {
  return { databases: {}, epochs: {} };
}

/** A database whose members are all available and up to date; the first region writes. */
export function createDatabase(id: string, kind: DatabaseStatus['kind'], regions: readonly [string, ...string[]]): Database {
  const members = regions.map((region) => ({ region, status: 'available' as const, lagSeconds: 0 }));
  return {
    id,
    kind,
    writer: regions[0],
    members,
    switchoverMs: 60_000,
    failoverMs: 90_000,
    moving: null,
    neverEnds: false,
    lostSeconds: 0,
  };
}

/** Ends a change of the writer that is over; called before each look. */
function finishMove(database: Database, now: number): void {
  const { moving } = database;
  if (!moving || moving.endsAt === null || moving.endsAt > now) return;
  database.moving = null;
  database.writer = moving.to;
  for (const member of database.members) {
    if (member.status === 'switching') member.status = 'available';
    if (member.region === moving.to) member.lagSeconds = 0;
  }
}

export class MemoryDataControl implements DataControl {
  readonly #state: DataState;
  readonly #clock: Clock;
  readonly #isApproved: (token: string, call: Call) => Promise<Result<boolean>>;

  /** @param isApproved whether a person accepted the approval with this token */
  constructor(state: DataState, clock: Clock, isApproved: (token: string, call: Call) => Promise<Result<boolean>>) {
    this.#state = state;
    this.#clock = clock;
    this.#isApproved = isApproved;
  }

  async status(database: string, call: Call): Promise<Result<DatabaseStatus>> {
    const found = this.#find(database, call);
    if (!found.ok) return found;
    const { id, kind, writer, members } = found.value;
    return ok(copyOf({ id, kind, writer, members }));
  }

  async switchover(database: string, to: string, fence: Fence, call: Call): Promise<Result<void>> {
    const found = this.#find(database, call);
    if (!found.ok) return found;
    const source = found.value.members.find((member) => member.region === found.value.writer);
    const isMoving = found.value.moving?.to === to;
    if (!isMoving && source?.status !== 'available') {
      return failed('refused', `the writer ${found.value.writer} is ${source?.status}: a switchover needs it well`);
    }
    return this.#move(found.value, to, false, fence);
  }

  async failover(database: string, to: string, fence: Fence, approval: string, call: Call): Promise<Result<void>> {
    const found = this.#find(database, call);
    if (!found.ok) return found;
    const approved = await this.#isApproved(approval, call);
    if (!approved.ok) return approved;
    if (!approved.value) return failed('refused', `nobody approved that ${database} may lose data`);
    return this.#move(found.value, to, true, fence);
  }

  async verify(database: string, writer: string, call: Call): Promise<Result<Look>> {
    const found = this.#find(database, call);
    if (!found.ok) return found;
    const { moving, members } = found.value;
    const status = members.find((member) => member.region === writer)?.status;
    const reason = `${found.value.writer} writes, ${writer} is ${status ?? 'no member'}${moving ? `, the writer moves to ${moving.to}` : ''}`;
    if (moving) return ok({ verdict: moving.to === writer && moving.endsAt !== null ? 'inconclusive' : 'fail', reason });
    return ok({ verdict: found.value.writer === writer && status === 'available' ? 'pass' : 'fail', reason });
  }

  /** Asked again for what is so or on its way it does nothing more. */
  #move(database: Database, to: string, lossy: boolean, fence: Fence): Result<void> {
    const { id, kind, moving, members } = database;
    if (kind === 'dynamodb-global') return failed('invalid', `${id} takes writes in every region: there is no writer to move`);
    const target = members.find((member) => member.region === to);
    if (!target) return failed('not-found', `${id} has no member in ${to}`);
    const refusal = refusedByFence(this.#state.epochs, `database:${id}`, fence, this.#clock);
    if (refusal) return refusal;
    if (moving?.to === to || (!moving && database.writer === to)) return ok(undefined);
    if (moving) return failed('conflict', `the writer of ${id} is on its way to ${moving.to}`);
    if (target.status !== 'available') return failed('refused', `the member in ${to} is ${target.status}`);
    if (lossy) database.lostSeconds += target.lagSeconds;
    const durationMs = lossy ? database.failoverMs : database.switchoverMs;
    database.moving = { to, endsAt: database.neverEnds ? null : this.#clock.now() + durationMs, lossy };
    for (const member of members) {
      if (member.status === 'available' && (member.region === to || member.region === database.writer)) member.status = 'switching';
    }
    return ok(undefined);
  }

  #find(id: string, call: Call): Result<Database> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const database = this.#state.databases[id];
    if (!database) return failed('not-found', `there is no database ${id}`);
    finishMove(database, this.#clock.now());
    return ok(database);
  }
}
