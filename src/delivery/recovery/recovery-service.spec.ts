import { describe, expect, it, vi } from 'vitest';
import { LatchedBackplane } from '../../../test/support/latched-backplane.js';
import { offsetsOf } from '../../../test/support/frame-message.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import type { SkreaverWsOptions } from '../../config/index.js';

const turn = () => new Promise(setImmediate);

/** The channel goes on in another epoch, of which an event arrives. */
const beginAnew = async (backplane: LatchedBackplane): Promise<void> => {
  const top = { epoch: 'other', offset: 1 };
  backplane.history = async () => ({ publications: [], top });
  backplane.deliver({ channel: 'kept', position: top });
  await turn();
};

const rigWith = async (options: SkreaverWsOptions, published: number, size = 100) => {
  const backplane = new LatchedBackplane();
  const channels = { kept: { history: { size, ttl: 60_000 } } };
  const rig = serviceRig({ channels, ...options }, undefined, { backplane });
  let epoch = '';
  const publish = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) ({ epoch = '' } = await rig.subscriptions.broadcast('kept', n));
  };
  await publish(published);
  const client = rig.connect('ann');
  const recover = (offset: number, ...others: string[]) =>
    rig.subscriptions.subscribe(client.connection.id, [{ channel: 'kept', since: { epoch, offset } }, ...others]);
  return { ...rig, ...client, backplane, publish, recover, epoch };
};

describe('a recovery', () => {
  it('hands a socket half of its outbox bound, and the next half when that has drained', async () => {
    const { recover, socket, publish, index } = await rigWith({ broadcastBufferSize: 8 }, 10);
    const drain = socket.holdDrain();
    const done = recover(0);
    await turn();
    expect(offsetsOf(socket)).toEqual([1, 2, 3, 4]);
    await publish(2);
    expect(offsetsOf(socket)).toEqual([1, 2, 3, 4]);
    expect(index.channels()).toEqual([]);
    drain();
    await done;
    expect(offsetsOf(socket)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
    expect(index.channels()).toEqual([{ channel: 'kept', subscribers: 1 }]);
    await publish(1);
    expect(offsetsOf(socket).at(-1)).toBe(13);
  });

  it('lets other channels of the same message become live at once', async () => {
    const { recover, socket, subscriptions } = await rigWith({ broadcastBufferSize: 4 }, 10);
    const drain = socket.holdDrain();
    const done = recover(0, 'plain');
    await turn();
    expect(await subscriptions.broadcast('plain', 1)).toEqual({ delivered: 1 });
    drain();
    await done;
  });

  it('closes with 4002 a peer that takes nothing for as long as it may be silent', async () => {
    const rig = await rigWith({ broadcastBufferSize: 4 }, 10);
    const { recover, socket, connection, index, config, wheel, readRecoveries } = rig;
    const after = vi.spyOn(wheel, 'after');
    socket.holdDrain();
    const done = recover(0);
    await vi.waitUntil(() => after.mock.calls.length > 0, 20_000);
    const [ms, expire] = after.mock.calls[0] ?? [];
    expect(ms).toBe(config.connectionTimeout);
    expire?.(0);
    await done;
    expect(socket.closes).toMatchObject([{ how: 'terminate', code: 4002 }]);
    expect(index.reservedBy(connection)).toBe(0);
    expect(await readRecoveries()).toEqual({ recovered: 1 });
  });

  it('ends with 4006 if missing events expire before they could be read', async () => {
    const { recover, socket, publish, readRecoveries, wheel } = await rigWith({ broadcastBufferSize: 4 }, 10, 10);
    const drain = socket.holdDrain();
    const done = recover(0);
    await turn();
    await publish(20);
    drain();
    await done;
    // The second page had been read already.
    expect(offsetsOf(socket)).toEqual([1, 2, 3, 4]);
    expect(socket.closes).toMatchObject([{ how: 'terminate', code: 4006 }]);
    expect(await readRecoveries()).toEqual({ recovered: 1, broken_off: 1 });
    expect(wheel.size).toBe(0);
  });

  it('ends with 4006 if the history cannot be read to its end', async () => {
    const { recover, socket, backplane, log } = await rigWith({ broadcastBufferSize: 4 }, 10);
    const drain = socket.holdDrain();
    const done = recover(0);
    await turn();
    backplane.broken.add('kept');
    drain();
    expect((await done).subscribed).toEqual(['kept']);
    expect(socket.closes).toMatchObject([{ code: 4006 }]);
    expect(log.text()).toContain('cannot be reached');
  });

  it('ends with 4006 if the history is shorter than it should be', async () => {
    const { recover, socket, backplane, epoch } = await rigWith({ broadcastBufferSize: 4 }, 10);
    const drain = socket.holdDrain();
    const done = recover(0);
    await turn();
    backplane.history = async (_channel, { after = 0 }) => ({ publications: [], top: { epoch, offset: after } });
    drain();
    await done;
    expect(socket.closes).toMatchObject([{ code: 4006 }]);
  });

  it('does not begin if the epoch changes before the response, and ends with 4006 if it does afterwards', async () => {
    const before = await rigWith({}, 10);
    await before.subscriptions.subscribe(before.connect('bob').connection.id, ['kept']);
    before.backplane.answering.close();
    const answer = before.recover(8);
    await before.backplane.answering.reached();
    await beginAnew(before.backplane);
    before.backplane.answering.open();
    expect((await answer).positions?.['kept']).toEqual({ epoch: 'other', offset: 1, recovered: false });
    expect(before.socket.frames).toEqual([]);

    const after = await rigWith({ broadcastBufferSize: 4 }, 10);
    const drain = after.socket.holdDrain();
    const done = after.recover(6);
    await turn();
    await beginAnew(after.backplane);
    drain();
    expect((await done).positions?.['kept']).toMatchObject({ recovered: true });
    expect(offsetsOf(after.socket)).toEqual([7, 8, 9, 10]);
    expect(after.socket.closes).toMatchObject([{ code: 4006 }]);
  });

  it.each(['unsubscribe', 'close', 'user'] as const)('sends nothing more after: %s', async (what) => {
    const rig = await rigWith({ broadcastBufferSize: 4 }, 10);
    const { recover, socket, connection, subscriptions, table, index, readRecoveries } = rig;
    const drain = socket.holdDrain();
    const done = recover(0);
    await turn();
    const sent = socket.frames.length;
    if (what === 'unsubscribe') void subscriptions.unsubscribe(connection.id, ['kept']);
    else if (what === 'close') socket.close(1000);
    else table.identify(connection, { userId: 'bob' });
    drain();
    await done;
    await rig.publish(1);
    expect(socket.frames).toHaveLength(sent);
    expect(index.reservedBy(connection)).toBe(0);
    expect(await readRecoveries()).toEqual({ recovered: 1 });
  });

  it('is shared by clients that miss the same events: one frame for each event', async () => {
    const { recover, socket, connect, subscriptions, epoch } = await rigWith({}, 5);
    const other = connect('bob');
    await recover(2);
    await subscriptions.subscribe(other.connection.id, [{ channel: 'kept', since: { epoch, offset: 2 } }]);
    expect(other.socket.frames).toHaveLength(3);
    for (const [at, frame] of other.socket.frames.entries()) expect(frame).toBe(socket.frames[at]);
  });

  it('is counted by outcome', async () => {
    const { connect, subscriptions, readRecoveries, epoch } = await rigWith({}, 10, 5);
    for (const since of [{ epoch, offset: 8 }, { epoch, offset: 2 }, { epoch: 'other', offset: 8 }, 'acked'] as const) {
      await subscriptions.subscribe(connect('cid').connection.id, [{ channel: 'kept', since }]);
    }
    expect(await readRecoveries()).toEqual({ recovered: 1, gap: 1, epoch: 1, no_position: 1 });
  });
});

describe('a node that is behind the history', () => {
  const behind = async () => {
    const rig = await rigWith({}, 0);
    const watcher = rig.connect('bob');
    await rig.subscriptions.subscribe(watcher.connection.id, ['kept']);
    const { epoch } = rig.openChannels.find('kept')?.position ?? { epoch: '' };
    const event = (offset: number) => ({
      channel: 'kept',
      dataJson: '0',
      timestamp: 0,
      kind: undefined,
      position: { epoch, offset },
    });
    // The history has three events, of which the first has arrived at this node.
    const publications = [1, 2, 3].map(event);
    rig.backplane.history = async (_channel, { after = 0 }) => ({
      publications: publications.slice(after),
      top: { epoch, offset: 3 },
    });
    rig.backplane.deliver(event(1));
    return { ...rig, epoch, watcher, arrive: (offset: number) => rig.backplane.deliver(event(offset)) };
  };

  it('delivers no event twice to a subscriber that recovered it before it arrived', async () => {
    const { subscriptions, connection, socket, watcher, epoch, arrive, index } = await behind();
    const since = { epoch, offset: 0 };
    const { positions } = await subscriptions.subscribe(connection.id, [{ channel: 'kept', since }]);
    expect(positions?.['kept']).toEqual({ epoch, offset: 3, recovered: true });
    expect(offsetsOf(socket)).toEqual([1, 2, 3]);
    expect(index.channels()).toEqual([{ channel: 'kept', subscribers: 2 }]);
    expect([2, 3, 4, 5].map(arrive)).toEqual([1, 1, 2, 2]);
    expect(offsetsOf(socket)).toEqual([1, 2, 3, 4, 5]);
    expect(offsetsOf(watcher.socket)).toEqual([1, 2, 3, 4, 5]);
  });

  it('returns its own position to a subscriber without recovery', async () => {
    const { subscriptions, connection, socket, arrive, epoch } = await behind();
    const { positions } = await subscriptions.subscribe(connection.id, ['kept']);
    expect(positions?.['kept']).toEqual({ epoch, offset: 1, recovered: false });
    [2, 3].map(arrive);
    expect(offsetsOf(socket)).toEqual([2, 3]);
  });

  it('tells the subscribers ahead of it too, when it loses its position, and delivers to them from there on', async () => {
    const { subscriptions, connection, socket, watcher, epoch, backplane, index } = await behind();
    await subscriptions.subscribe(connection.id, [{ channel: 'kept', since: { epoch, offset: 0 } }]);
    await beginAnew(backplane);
    for (const each of [socket, watcher.socket]) {
      expect(each.sent.at(-1)).toMatchObject({
        type: 'subscribe_response',
        data: { positions: { kept: { epoch: 'other', offset: 1, recovered: false } } },
      });
      expect(each.closes).toEqual([]);
    }
    expect(index.find('kept')?.hasOnlyActive).toBe(true);
    expect(backplane.deliver({ channel: 'kept', position: { epoch: 'other', offset: 2 } })).toBe(2);
  });

  it('forgets a subscriber ahead of it that leaves', async () => {
    const { subscriptions, connection, socket, epoch, arrive, index } = await behind();
    await subscriptions.subscribe(connection.id, [{ channel: 'kept', since: { epoch, offset: 0 } }]);
    void subscriptions.unsubscribe(connection.id, ['kept']);
    expect([2, 3, 4].map(arrive)).toEqual([1, 1, 1]);
    expect(offsetsOf(socket)).toEqual([1, 2, 3]);
    expect(index.find('kept')?.hasOnlyActive).toBe(true);
  });
});
