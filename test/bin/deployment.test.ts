import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStoreState, MemoryStore } from '../../adapters/memory/store.ts';
import { healthyRun } from '../../bin/deploy/cloud.ts';
import { type DeploymentParts, deploymentPorts, nothingYet, stackName } from '../../bin/deploy/deployment.ts';
import { drive } from '../../bin/deploy/drive.ts';
import { withNameServers } from '../../bin/deploy/prepare.ts';
import { roughState, type StackLook } from '../../bin/deploy/stack-looks.ts';
import { loadConfig } from '../../bin/load-config.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config } from '../../core/config/schema.ts';
import { Json, standingKey, unknownStanding } from '../../core/model/index.ts';

const config = await loadConfig();
const never = new AbortController().signal;

/** An account that does at once what it is told. */
class FakeAccount {
  now = 1_000_000;
  calls: string[] = [];
  stacks = new Map<string, string>();
  sets: ResourceRecordSet[] = [];
  readonly stores = new Map(
    config.regions.map(({ name }) => [name, new MemoryStore(createStoreState(), { now: () => this.now, sleep: async () => {} })]),
  );
  readonly #assembly: string;

  constructor(assembly: string) {
    this.#assembly = assembly;
  }

  parts(own: Config = config): DeploymentParts {
    const clock = {
      now: () => this.now,
      sleep: async (ms: number) => {
        this.now += ms;
        await this.#watch();
      },
    };
    return {
      config: own,
      clock,
      assembly: this.#assembly,
      recordsReleased: false,
      tell: () => {},
      cdk: {
        bootstrap: async (region, account) => {
          this.calls.push(`bootstrap ${account}/${region}`);
          this.stacks.set(`${region}/CDKToolkit`, 'null');
        },
        deploy: async (stack) => {
          this.calls.push(`deploy ${stack}`);
          this.stacks.set(stack, await readFile(join(this.#assembly, `${stack}.template.json`), 'utf8'));
        },
        destroy: async (stack) => {
          this.calls.push(`destroy ${stack}`);
          this.stacks.delete(stack);
        },
      },
      cloud: {
        account: async () => '111111111111',
        stack: async (region, name, template) => this.#look(name === 'CDKToolkit' ? `${region}/CDKToolkit` : name, template),
        store: (region) => this.store(region),
        healthyMinutes: async () => Math.floor((this.now - 1_000_000) / 60_000),
        records: async () => this.sets,
        change: async (_group, changes) => {
          this.calls.push(`change ${changes.map(({ Action }) => Action).join(' ')}`);
          this.#change(changes);
        },
      },
    };
  }

  store(region: string): MemoryStore {
    const store = this.stores.get(region);
    if (store === undefined) throw new Error(region);
    return store;
  }

  #look(name: string, template: Json | null): StackLook {
    const text = this.stacks.get(name);
    const outputs = Object.fromEntries(
      config.regions.map(({ name: region }) => [`Health check for the records of checkout that answer with ${region}.`, `check-${region}`]),
    );
    if (text === undefined) return { state: 'absent', outputs: {} };
    const same = template === null || JSON.stringify(Json.parse(JSON.parse(text))) === JSON.stringify(template);
    return { state: same ? 'current' : 'stale', outputs: name.endsWith('-checks') ? outputs : {} };
  }

  #change(changes: readonly Change[]): void {
    for (const { Action, ResourceRecordSet: set } of changes) {
      if (Action === 'DELETE') this.sets = this.sets.filter(({ SetIdentifier }) => SetIdentifier !== set?.SetIdentifier);
      else if (set !== undefined) this.sets = [...this.sets, set];
    }
  }

  /** Regions that run tell each other what they see. */
  async #watch(): Promise<void> {
    const running = config.regions.map(({ name }) => name).filter((name) => this.stacks.has(stackName(config, 'region', name)));
    for (const at of running)
      for (const observer of running) {
        const key = `observation#seen#${observer}`;
        const call = { deadlineAt: this.now + 1000 };
        const known = await this.store(at).get(key, call);
        const body = { observer, at: this.now, abstains: false, views: [], traffic: {}, reason: 'well' };
        await this.store(at).put({ key, body }, known.ok ? (known.value?.version ?? 0) : 0, call);
      }
  }
}

let assembly = '';
let account = new FakeAccount('');

beforeEach(async () => {
  assembly = await mkdtemp(join(tmpdir(), 'evenkeel-assembly-'));
  const stacks = config.regions.flatMap(({ name }) => [stackName(config, 'data', name), stackName(config, 'region', name)]);
  for (const stack of [...stacks, stackName(config, 'checks', undefined)])
    await writeFile(join(assembly, `${stack}.template.json`), JSON.stringify({ Description: stack }));
  account = new FakeAccount(assembly);
});

afterEach(() => rm(assembly, { recursive: true, force: true }));

describe('a deployment', () => {
  it('goes from nothing to attached records, and back to nothing that runs', async () => {
    expect(await drive(deploymentPorts(account.parts()), 'deployed', never)).toEqual({ kind: 'done', notes: [] });
    expect(account.calls).toEqual([
      ...config.regions.map(({ name }) => `bootstrap 111111111111/${name}`),
      ...config.regions.flatMap(({ name }) => [`deploy evenkeel-shop-data-${name}`, `deploy evenkeel-shop-${name}`]),
      'deploy evenkeel-shop-checks',
      'change CREATE CREATE CREATE',
    ]);
    expect(account.sets.map(({ HealthCheckId }) => HealthCheckId)).toEqual(config.regions.map(({ name }) => `check-${name}`));

    account.calls = [];
    const removal = await drive(deploymentPorts({ ...account.parts(), assembly: null }), 'removed', never);
    expect(removal.kind).toBe('done');
    expect(account.calls).toEqual([
      'change DELETE DELETE DELETE CREATE CREATE CREATE',
      'destroy evenkeel-shop-checks',
      ...config.regions.map(({ name }) => `destroy evenkeel-shop-${name}`).reverse(),
    ]);
    expect(account.sets.map(({ SetIdentifier, HealthCheckId }) => [SetIdentifier, HealthCheckId])).toEqual(
      config.regions.map(({ name }) => [name, undefined]),
    );
  });

  it('is refused while a region knows a drain, a vote or a run', async () => {
    await drive(deploymentPorts(account.parts()), 'deployed', never);
    const call = { deadlineAt: account.now + 1000 };
    const standing = { ...unknownStanding('checkout', 'us-east-1'), epoch: 1, drained: true };
    await account.store('eu-west-1').put({ key: standingKey('checkout', 'us-east-1'), body: standing }, 0, call);
    await writeFile(join(assembly, 'evenkeel-shop-checks.template.json'), JSON.stringify({ Description: 'changed' }));
    account.calls = [];
    const ending = await drive(deploymentPorts(account.parts()), 'deployed', never);
    expect(ending).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('us-east-1 of checkout is drained, as eu-west-1 knows'),
    });
    expect(account.calls).toEqual([]);
  });

  it('does not go on when a table does not answer: unknown is not none', async () => {
    await drive(deploymentPorts(account.parts()), 'deployed', never);
    const parts = account.parts();
    const mute = {
      ...account.store('us-east-1'),
      query: async () => ({ ok: false as const, code: 'unavailable' as const, retryable: true, reason: 'down' }),
    };
    const cloud = {
      ...parts.cloud,
      store: (region: string) => (region === 'us-east-1' ? Object.assign(account.store(region), mute) : account.store(region)),
    };
    await expect(drive(deploymentPorts({ ...parts, cloud }), 'deployed', never)).rejects.toThrow(
      'the table of us-east-1 does not say what is open',
    );
  });

  it('starts from nothing as the file says', () => {
    expect(nothingYet(config)).toMatchObject({ checks: 'absent', groups: [{ name: 'checkout', attached: 'none' }], open: [] });
    expect(nothingYet({ ...config, trafficGroups: [] }).checks).toBe('unneeded');
  });
});

describe('what is read back', () => {
  it.each([
    [undefined, 'absent'],
    ['DELETE_COMPLETE', 'absent'],
    ['REVIEW_IN_PROGRESS', 'absent'],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'busy'],
    ['CREATE_IN_PROGRESS', 'busy'],
    ['ROLLBACK_COMPLETE', 'broken'],
    ['UPDATE_ROLLBACK_FAILED', 'broken'],
    ['UPDATE_ROLLBACK_COMPLETE', 'there'],
    ['CREATE_COMPLETE', 'there'],
  ])('a stack in %s is %s', (status, state) => {
    expect(roughState(status)).toBe(state);
  });

  it.each([
    ['three good minutes after a bad one, in whatever order they come', [0, 1, 1, 1], 0, 3],
    ['none when the newest minute is bad', [1, 1, 0], 0, 0],
    ['none when the newest minute is old', [1, 1, 1], 10, 0],
    ['none without any', [], 0, 0],
  ])('counts healthy minutes back from now: %s', (_, values, minutesAgo, expected) => {
    const now = 100 * 60_000;
    const points = values.map((value, index) => ({ at: now - (values.length - index + minutesAgo) * 60_000, value }));
    expect(healthyRun(points, now)).toBe(expected);
  });

  it('counts healthy minutes up to the first gap', () => {
    const now = 100 * 60_000;
    expect(
      healthyRun(
        [99, 98, 96, 95].map((minute) => ({ at: minute * 60_000, value: 1 })),
        now,
      ),
    ).toBe(2);
  });

  it('saves the authoritative servers of zones that name none', async () => {
    const saved = await withNameServers(config, { nameServers: async () => ['ns-1.awsdns-00.org'] });
    expect(saved.trafficGroups[0]?.zone.nameServers).toEqual(['ns-1.awsdns-00.org']);
    const kept = await withNameServers(saved, { nameServers: async () => ['ns-2.awsdns-00.org'] });
    expect(kept).toEqual(saved);
    expect(parseConfig(Json.parse(JSON.parse(JSON.stringify(saved))))).toMatchObject({ ok: true });
  });
});
