import { describe, expect, it, vi } from 'vitest';
import { LossyBackplane } from '../../../test/support/backplane/lossy-backplane.js';
import type { FakeSocket } from '../../../test/support/fake-socket.js';
import { ManualTimerWheel } from '../../../test/support/manual-timer-wheel.js';
import { offsetsOf } from '../../../test/support/frame-message.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import type { SkreaverWsOptions } from '../../config/index.js';

const turn = () => new Promise(setImmediate);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const noticesOf = ({ sent }: FakeSocket) => sent.filter(({ type }) => type === 'subscribe_response').slice(1);

const rigWith = async ({ size = 10_000, ...options }: SkreaverWsOptions & { size?: number } = {}) => {
  const backplane = new LossyBackplane();
  const wheel = new ManualTimerWheel();
  const channels = { kept: { history: { size, ttl: 60_000 } } };
  const rig = serviceRig({ channels, ...options }, undefined, { backplane, wheel });
  const { connection, socket } = rig.connect('ann');
  await rig.subscriptions.subscribe(connection.id, ['kept']);
  const publish = async (count = 1): Promise<void> => {
    for (let n = 0; n < count; n += 1) await rig.subscriptions.broadcast('kept', n);
  };
  /** Publishes what does not arrive. */
  const miss = async (count = 1): Promise<void> => {
    backplane.isDeaf = true;
    await publish(count);
    backplane.isDeaf = false;
  };
  const settled = () => vi.waitUntil(() => rig.catchUps.size === 0, { timeout: 20_000, interval: 1 });
  return { ...rig, backplane, wheel, connection, socket, publish, miss, settled };
};

describe('CatchUps', () => {
  it('delivers what a node has missed, in order, and then what came after the gap', async () => {
    const { socket, publish, miss, settled, readMeters } = await rigWith();
    await publish(2);
    await miss(3);
    await publish(2);
    await settled();
    expect(offsetsOf(socket)).toEqual(range(1, 7));
    expect(socket.closes).toEqual([]);
    expect(noticesOf(socket)).toEqual([]);
    expect((await readMeters()).eventsRepaired).toBeGreaterThanOrEqual(3);
    expect((await readMeters()).catchUps).toBe(1);
  });

  it('holds back what comes while it reads, and what comes while the answer is on its way', async () => {
    const { backplane, socket, publish, miss, settled } = await rigWith();
    await miss();
    backplane.reading.close();
    backplane.answering.close();
    await publish();
    await backplane.reading.reached();
    await publish(2);
    backplane.reading.open();
    await backplane.answering.reached();
    await publish(2);
    expect(offsetsOf(socket)).toEqual([]);
    backplane.answering.open();
    await settled();
    expect(offsetsOf(socket)).toEqual(range(1, 6));
    expect(backplane.reads).toBe(1);
  });

  it('reads again what more comes than may be held back', async () => {
    const { backplane, socket, publish, miss, settled } = await rigWith({ broadcastBufferSize: 4 });
    await miss();
    backplane.answering.close();
    await publish();
    await backplane.answering.reached();
    await publish(30);
    backplane.answering.open();
    await settled();
    expect(offsetsOf(socket)).toEqual(range(1, 32));
  });

  it('reads in pages what is more than one page', async () => {
    const { backplane, socket, publish, miss, settled } = await rigWith();
    await miss(1200);
    await publish();
    await settled();
    expect(offsetsOf(socket)).toEqual(range(1, 1201));
    expect(backplane.reads).toBe(3);
  });

  it('repeats a read that failed, until the engine is back', async () => {
    const { backplane, wheel, socket, publish, miss, settled, log } = await rigWith();
    await miss();
    backplane.outage = new Error('connection lost');
    await publish();
    for (const _attempt of range(1, 3)) {
      await turn();
      wheel.passTime();
    }
    expect(offsetsOf(socket)).toEqual([]);
    expect(log.text()).toContain('connection lost');
    backplane.outage = undefined;
    await turn();
    wheel.passTime();
    await settled();
    expect(offsetsOf(socket)).toEqual([1, 2]);
    expect(noticesOf(socket)).toEqual([]);
  });

  it('tells the subscribers that the position is lost when an event is not kept any more', async () => {
    const { socket, publish, miss, settled, backplane, readLosses } = await rigWith({ size: 2 });
    await publish();
    await miss(3);
    await publish();
    await settled();
    expect(offsetsOf(socket)).toEqual([1]);
    const { top } = await backplane.history('kept', { limit: 0 });
    expect(noticesOf(socket)).toEqual([
      {
        type: 'subscribe_response',
        data: { success: true, subscribed: ['kept'], positions: { kept: { ...top, recovered: false } } },
      },
    ]);
    await publish();
    expect(offsetsOf(socket)).toEqual([1, 6]);
    expect(socket.closes).toEqual([]);
    expect(await readLosses()).toEqual({ gap: 1, epoch: 0 });
  });

  it('tells them when the channel has another epoch, and goes on with its events', async () => {
    const { socket, publish, settled, backplane, openChannels, readLosses } = await rigWith();
    await publish(2);
    const open = openChannels.find('kept');
    if (open?.position === undefined) throw new Error('The channel has no position.');
    open.position = { epoch: 'before', offset: 41 };
    await publish();
    await settled();
    const { top } = await backplane.history('kept', { limit: 0 });
    expect(noticesOf(socket)).toMatchObject([{ data: { positions: { kept: { ...top, recovered: false } } } }]);
    await publish();
    expect(offsetsOf(socket)).toEqual([1, 2, 4]);
    expect(await readLosses()).toEqual({ gap: 0, epoch: 1 });
  });

  it('gives up, and tells them, when the engine knows nothing of an event that arrived', async () => {
    const { backplane, wheel, socket, publish, settled } = await rigWith();
    await publish();
    const { top } = await backplane.history('kept', { limit: 0 });
    const stray = { ...top, offset: 9 };
    backplane.link.deliver({
      channel: 'kept',
      dataJson: '"stray"',
      timestamp: 0,
      position: stray,
      kind: undefined,
    });
    await turn();
    wheel.passTime();
    await turn();
    wheel.passTime();
    await settled();
    expect(noticesOf(socket)).toMatchObject([{ data: { positions: { kept: { ...top, recovered: false } } } }]);
    await publish();
    expect(offsetsOf(socket)).toEqual([1, 2]);
  });

  it('drops an event of an ended epoch that arrives late, and tells nobody of a loss', async () => {
    const { backplane, wheel, socket, publish, settled } = await rigWith();
    await publish();
    const position = { epoch: 'before', offset: 41 };
    backplane.link.deliver({ channel: 'kept', dataJson: '"late"', timestamp: 0, position, kind: undefined });
    for (const _attempt of range(1, 3)) {
      await turn();
      wheel.passTime();
    }
    await settled();
    await publish();
    expect(offsetsOf(socket)).toEqual([1, 2]);
    expect(noticesOf(socket)).toEqual([]);
  });

  it('ends when nobody is subscribed any more, and keeps nothing', async () => {
    const { backplane, wheel, catchUps, subscriptions, connection, socket, publish, miss } = await rigWith();
    await miss();
    backplane.answering.close();
    await publish();
    await backplane.answering.reached();
    void subscriptions.unsubscribe(connection.id, ['kept']);
    backplane.answering.open();
    await turn();
    expect([catchUps.size, wheel.size]).toEqual([0, 0]);
    expect(offsetsOf(socket)).toEqual([]);
  });

  it('reads at most 32 channels at a time', async () => {
    const backplane = new LossyBackplane();
    const channels = { '*': { history: { size: 10, ttl: 60_000 } } };
    const rig = serviceRig({ channels, maxSubscriptionsPerConnection: 100 }, undefined, { backplane });
    const { connection, socket } = rig.connect('ann');
    const names = range(1, 100).map((n) => `kept-${n}`);
    await rig.subscriptions.subscribe(connection.id, names);
    backplane.isDeaf = true;
    for (const name of names) await rig.subscriptions.broadcast(name, 1);
    backplane.isDeaf = false;
    backplane.mostUnderWay = 0;
    backplane.answering.close();
    for (const name of names) await rig.subscriptions.broadcast(name, 2);
    await backplane.answering.reached(32);
    backplane.answering.open();
    await vi.waitUntil(() => rig.catchUps.size === 0, { timeout: 20_000, interval: 1 });
    expect(backplane.mostUnderWay).toBe(32);
    expect(socket.frames).toHaveLength(200);
  });

  it('gives a client that recovers meanwhile every event once', async () => {
    const { backplane, subscriptions, connect, publish, miss, settled, openChannels } = await rigWith();
    await publish(2);
    const since = openChannels.find('kept')?.position;
    await miss(2);
    backplane.answering.close();
    await publish();
    await backplane.answering.reached();
    const late = connect('bob');
    const done = subscriptions.subscribe(late.connection.id, [{ channel: 'kept', since }]);
    await backplane.answering.reached(2);
    backplane.answering.open();
    await done;
    await settled();
    await publish();
    expect(offsetsOf(late.socket)).toEqual(range(3, 6));
  });
});
