import { describe, expect, it } from 'vitest';
import { forward } from '../../../core/learn/forward.ts';
import { receiversOf } from '../../../core/learn/receivers.ts';
import { failed, type Notification, ok, type Result } from '../../../core/model/index.ts';
import { type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

const topic = 'arn:aws:sns:eu-west-1:123456789012:pagers';
const config = shopConfig({
  notifications: {
    page: { topics: [topic], webhooks: [{ name: 'pager', url: 'https://pager.example.com/in', signingSecret: 'ssm:/pager' }] },
    notify: { webhooks: [{ name: 'chat', url: 'https://chat.example.com/in', secretHeaders: { 'x-key': 'env:CHAT' } }] },
  },
});

const note = (over: Partial<Notification> = {}): Notification => ({
  ...{ id: 'incident/i-1/escalated', at: startAt, severity: 'critical', page: true, title: 'i-1 needs a person', text: 'why' },
  ...over,
});

const bench = (): RegionBench => {
  const made = regionContext(config);
  made.ctx.ports.secrets.read = async (references) => ok(new Map(references.map((reference) => [reference, `value of ${reference}`])));
  return made;
};
const handed = ({ handed: { delivered } }: RegionBench) => delivered.map(({ receiver }) => receiver);

/** `receiver` refuses so often, then takes it. */
function refusing(region: RegionBench, receiver: string, times: number, code: 'unavailable' | 'refused' = 'unavailable') {
  const { courier } = region.ctx.ports;
  let left = times;
  const deliver: typeof courier.deliver = async (to, told, call) => {
    if (to.name !== receiver || left <= 0) return courier.deliver(to, told, call);
    left -= 1;
    return failed(code, `${receiver} answered 503`);
  };
  region.ctx.ports.courier = { deliver };
}

async function settled(region: RegionBench, told: Promise<Result<void>>): Promise<Result<void>> {
  await region.pass(60);
  return told;
}

describe('what the own topic took', () => {
  it('is handed to the topics and webhooks of the page and to those that are told everything, with the values of their secrets', async () => {
    const region = bench();
    expect(await forward(region.ctx, note())).toEqual(ok(undefined));
    expect(handed(region).sort()).toEqual([topic, 'chat', 'pager'].sort());
    expect(receiversOf(config, { page: false }).map(({ name }) => name)).toEqual(['chat']);
  });

  it('is handed to nobody twice, however often the topic delivers it, and in no region that has the word of another', async () => {
    const region = bench();
    await forward(region.ctx, note());
    await forward(region.ctx, note());
    expect(handed(region)).toHaveLength(3);
    const peer = regionContext(config, 'eu-west-1');
    for (const [key, item] of region.states.get('eu-west-1')?.items ?? []) peer.states.get('eu-west-1')?.items.set(key, item);
    await forward(peer.ctx, note());
    expect(handed(peer)).toEqual([]);
  });

  it('is tried again after a passing failure, and told once', async () => {
    const region = bench();
    refusing(region, 'pager', 2);
    expect(await settled(region, forward(region.ctx, note()))).toEqual(ok(undefined));
    expect(handed(region).filter((name) => name === 'pager')).toHaveLength(1);
    expect(region.notified.sent).toEqual([]);
  });

  it('is paged about once a day when a receiver stays deaf, and the next delivery meets that one alone', async () => {
    const region = bench();
    refusing(region, 'pager', 6);
    expect(await settled(region, forward(region.ctx, note()))).toMatchObject({ ok: false });
    expect(await settled(region, forward(region.ctx, note()))).toMatchObject({ ok: false });
    expect(handed(region).sort()).toEqual([topic, 'chat'].sort());
    expect(region.notified.sent.map(({ notification }) => notification.title)).toEqual(['pager does not take what it should be told']);
    const [{ notification: page } = { notification: note() }] = region.notified.sent;
    expect(page.text).toContain('incident/i-1/escalated');
    expect(await forward(region.ctx, page)).toEqual(ok(undefined));
    expect(handed(region).filter((name) => name === 'pager')).toEqual([]);
    expect(await forward(region.ctx, note())).toEqual(ok(undefined));
    expect(handed(region).filter((name) => name === 'pager')).toHaveLength(1);
  });

  it('is not sent without the secret that the receiver wants, nor asked again of one that refuses it', async () => {
    const region = bench();
    region.ctx.ports.secrets.read = async () => ok(new Map());
    expect(await settled(region, forward(region.ctx, note({ page: false })))).toMatchObject({ ok: false, code: 'not-found' });
    expect(handed(region)).toEqual([]);
    const other = bench();
    refusing(other, 'chat', 1, 'refused');
    expect(await settled(other, forward(other.ctx, note({ page: false })))).toMatchObject({ ok: false, code: 'refused' });
    expect(handed(other)).toEqual([]);
  });
});
