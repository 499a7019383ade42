import { describe, expect, it, vi } from 'vitest';
import { LatchedBackplane } from '../../../test/support/latched-backplane.js';
import { BackplaneUnavailableError } from '../../backplane/index.js';
import { serviceRig } from '../../../test/support/service-rig.js';

const turn = () => new Promise(setImmediate);

const rigWith = () => {
  const backplane = new LatchedBackplane();
  const rig = serviceRig({ channels: { kept: { history: { size: 10, ttl: 60_000 } } } }, undefined, { backplane });
  const subscriber = (...channels: string[]) => {
    const client = rig.connect('ann');
    return { ...client, done: rig.subscriptions.subscribe(client.connection.id, channels) };
  };
  const locks = (): unknown => Reflect.get(Reflect.get(rig.locks, 'locks') as object, 'size');
  return { ...rig, backplane, subscriber, locks };
};

describe('OpenChannels', () => {
  it('opens a channel for its first slot, and closes it when the last slot is given up', async () => {
    const { backplane, subscriber, openChannels } = rigWith();
    const [one, two] = [subscriber('a'), subscriber('a')];
    await Promise.all([one.done, two.done]);
    expect(backplane.opened).toEqual(['a']);
    one.socket.close(1000);
    await turn();
    expect(openChannels.isOpen('a')).toBe(true);
    two.socket.close(1000);
    await turn();
    expect(backplane.closed).toEqual(['a']);
    expect(openChannels.find('a')).toBeUndefined();
  });

  it('finds an open channel without a lock, and without asking the backplane', async () => {
    const { backplane, subscriber, locks } = rigWith();
    await subscriber('kept').done;
    backplane.opening.close();
    backplane.reading.close();
    const second = subscriber('kept');
    await second.done;
    expect(backplane.opened).toEqual(['kept']);
    expect(locks()).toBe(0);
  });

  it('opens the channels of a subscribe in one call', async () => {
    const { backplane, subscriber } = rigWith();
    backplane.opening.close();
    const { done } = subscriber('a', 'b', 'c');
    await backplane.opening.reached();
    expect(backplane.opened).toEqual(['a', 'b', 'c']);
    backplane.opening.open();
    expect((await done).subscribed).toEqual(['a', 'b', 'c']);
  });

  it('lets a second subscriber wait until the first one has opened the channel', async () => {
    const { backplane, subscriber } = rigWith();
    backplane.opening.close();
    const [one, two] = [subscriber('a'), subscriber('a')];
    await backplane.opening.reached();
    await turn();
    expect(backplane.opened).toEqual(['a']);
    backplane.opening.open();
    await Promise.all([one.done, two.done]);
    expect(backplane.opened).toEqual(['a']);
  });

  it('closes a channel if nobody is left once it is open', async () => {
    const { backplane, subscriber, index, openChannels, locks } = rigWith();
    backplane.opening.close();
    const { socket, done } = subscriber('a');
    await backplane.opening.reached();
    socket.close(1000);
    expect(backplane.closed).toEqual([]);
    backplane.opening.open();
    await done;
    await turn();
    expect(backplane.closed).toEqual(['a']);
    expect(openChannels.find('a')).toBeUndefined();
    expect(index.isUsed('a')).toBe(false);
    expect(locks()).toBe(0);
  });

  it('opens a channel again for a subscriber that comes while it is being closed', async () => {
    const { backplane, subscriber, subscriptions } = rigWith();
    const first = subscriber('a');
    await first.done;
    backplane.closing.close();
    first.socket.close(1000);
    await backplane.closing.reached();
    const second = subscriber('a');
    await turn();
    expect(backplane.opened).toEqual(['a']);
    backplane.closing.open();
    await second.done;
    expect(backplane.opened).toEqual(['a', 'a']);
    expect(await subscriptions.broadcast('a', 1)).toEqual({ delivered: 1 });
  });

  it('keeps a channel open for a subscriber that comes in the turn in which the last one leaves', async () => {
    const { subscriber, subscriptions } = rigWith();
    const first = subscriber('kept');
    await first.done;
    first.socket.close(1000);
    await subscriptions.broadcast('kept', 1);
    const second = subscriber('kept');
    await second.done;
    await turn();
    expect(await subscriptions.broadcast('kept', 2)).toMatchObject({ delivered: 1 });
    expect(second.socket.closes).toEqual([]);
  });

  it('keeps nothing of a channel that could not be opened, and logs the reason only', async () => {
    const { backplane, subscriber, openChannels, index, log, subscriptions, connect } = rigWith();
    backplane.broken.add('a');
    const { done } = subscriber('a', 'b');
    const { subscribed, failed } = await done;
    expect({ subscribed, failed }).toMatchObject({
      subscribed: ['b'],
      failed: [{ channel: 'a', code: 'INTERNAL_ERROR' }],
    });
    expect(JSON.stringify(failed)).not.toContain('cannot be reached');
    expect(log.text()).toContain('cannot be reached');
    expect(openChannels.find('a')).toBeUndefined();
    expect(index.isUsed('a')).toBe(false);
    expect(backplane.closed).toEqual(['a']);
    backplane.broken.clear();
    const { connection } = connect('bob');
    expect((await subscriptions.subscribe(connection.id, ['a'])).subscribed).toEqual(['a']);
  });

  it('says that a channel could not be opened because the engine is away', async () => {
    const { backplane, subscriber } = rigWith();
    vi.spyOn(backplane, 'open').mockResolvedValueOnce(new Map([['kept', new BackplaneUnavailableError('not_done')]]));
    expect((await subscriber('kept').done).failed).toMatchObject([
      { channel: 'kept', code: 'UNAVAILABLE', details: { retry_after_ms: 1000 } },
    ]);
    expect((await subscriber('kept').done).subscribed).toEqual(['kept']);
  });

  it('retries for each subscriber that waited if the first one could not open the channel', async () => {
    const { backplane, subscriber } = rigWith();
    backplane.broken.add('a');
    backplane.opening.close();
    const [one, two] = [subscriber('a'), subscriber('a')];
    await backplane.opening.reached();
    backplane.opening.open();
    expect((await one.done).failed).toHaveLength(1);
    expect((await two.done).failed).toHaveLength(1);
    expect(backplane.opened).toEqual(['a', 'a']);
  });

  it('drops publications that still arrive for a closed channel', async () => {
    const { backplane, subscriber, log } = rigWith();
    const { done, socket } = subscriber('a');
    await done;
    backplane.close = () => Promise.reject(new Error('gone'));
    socket.close(1000);
    await turn();
    expect(log.text()).toContain('gone');
    expect(backplane.deliver({ channel: 'a' })).toBe(0);
  });

  it('reads the position again if the epoch changes while the channel is being opened', async () => {
    const { backplane, subscriber, openChannels } = rigWith();
    backplane.answering.close();
    const { done } = subscriber('kept');
    await backplane.answering.reached();
    backplane.deliver({ channel: 'kept', position: { epoch: 'other', offset: 3 } });
    backplane.answering.open();
    expect(await done).toMatchObject({ subscribed: ['kept'], failed: [] });
    const top = (await backplane.positions(new Map([['kept', undefined]]))).get('kept');
    expect(openChannels.find('kept')?.position).toEqual(top);
  });

  it('says that the channel is unavailable if its epoch changes again and again', async () => {
    const { backplane, subscriber, openChannels } = rigWith();
    const positions = backplane.positions.bind(backplane);
    backplane.positions = async (seen) => {
      const tops = await positions(seen);
      backplane.deliver({ channel: 'kept', position: { epoch: 'other', offset: 3 } });
      return tops;
    };
    expect((await subscriber('kept').done).failed).toMatchObject([{ channel: 'kept', code: 'UNAVAILABLE' }]);
    expect(openChannels.find('kept')).toBeUndefined();
  });
});
