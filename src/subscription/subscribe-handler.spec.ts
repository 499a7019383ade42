import { describe, expect, it } from 'vitest';
import { LatchedBackplane } from '../../test/support/latched-backplane.js';
import { serviceRig } from '../../test/support/service-rig.js';
import type { SkreaverWsOptions } from '../config/index.js';

const CHANNELS = { 'kept*': { history: { size: 10, ttl: 60_000 } }, members: { presence: true, joinLeave: true } };

const turn = () => new Promise(setImmediate);

const rigWith = async (options: SkreaverWsOptions = {}) => {
  const backplane = new LatchedBackplane();
  const rig = serviceRig({ channels: CHANNELS, ...options }, undefined, { backplane });
  let epoch = '';
  for (let n = 1; n <= 8; n += 1) ({ epoch = '' } = await rig.subscriptions.broadcast('kept', n));
  return { ...rig, ...rig.connect('ann'), backplane, epoch };
};
type Rig = Awaited<ReturnType<typeof rigWith>>;

const changes: Record<string, [code: string, change: (rig: Rig) => void]> = {
  'an unsubscribe': [
    'REQUEST_CANCELLED',
    ({ subscriptions, connection }) => subscriptions.unsubscribe(connection.id, ['kept']),
  ],
  'the end of the connection': ['CONNECTION_CLOSED', ({ socket }) => socket.close(1000)],
  'another user': ['PERMISSION_DENIED', ({ table, connection }) => table.identify(connection, { userId: 'bob' })],
};

describe.each(['opening', 'reading', 'answering'] as const)('a subscribe while the backplane is %s', (gate) => {
  it.each(Object.keys(changes))('is cancelled by %s, and nothing of the subscription is left', async (what) => {
    const rig = await rigWith();
    const { backplane, subscriptions, connection, socket, index, subscribing, epoch } = rig;
    const [code, change] = changes[what] ?? ['', () => {}];
    backplane[gate].close();
    const since = { epoch, offset: 5 };
    const done = subscriptions.subscribe(connection.id, [{ channel: 'kept', since }]);
    await backplane[gate].reached();
    expect(index.reservedBy(connection)).toBe(1);
    change(rig);
    expect(index.reservedBy(connection)).toBe(0);
    backplane[gate].open();
    const { subscribed, failed } = await done;
    expect({ subscribed, codes: failed.map((each) => each.code) }).toEqual({ subscribed: [], codes: [code] });
    await subscriptions.broadcast('kept', 9);
    expect(socket.frames).toEqual([]);
    expect(index.channels()).toEqual([]);
    expect(subscribing.size).toBe(0);
  });
});

describe('SubscribeHandler', () => {
  it('opens nothing, and takes no slot, for a request that was cancelled while it waited', async () => {
    const { backplane, subscriptions, connection } = await rigWith();
    const done = subscriptions.subscribe(connection.id, ['plain']);
    void subscriptions.unsubscribe(connection.id, ['plain']);
    expect((await done).failed).toMatchObject([{ code: 'REQUEST_CANCELLED' }]);
    expect(backplane.opened).toEqual([]);
  });

  it('answers in the same turn if it has to wait for nothing', async () => {
    const rig = await rigWith();
    await rig.subscriptions.subscribe(rig.connect('bob').connection.id, ['plain']);
    const done = rig.subscribeAs(rig, ['plain']);
    expect(rig.socket.sent).toMatchObject([{ type: 'subscribe_response', data: { subscribed: ['plain'] } }]);
    expect(rig.index.has(rig.connection, 'plain')).toBe(true);
    await done;
  });

  it('waits for its turn while another subscribe of the connection is in progress', async () => {
    const rig = await rigWith();
    const { backplane } = rig;
    await rig.subscriptions.subscribe(rig.connect('bob').connection.id, ['plain']);
    const told: string[] = [];
    backplane.opening.close();
    const first = rig.subscribeAs(rig, ['new'], () => told.push('new'));
    await backplane.opening.reached();
    const second = rig.subscribeAs(rig, ['plain'], () => told.push('plain'));
    await turn();
    expect(told).toEqual([]);
    backplane.opening.open();
    await Promise.all([first, second]);
    expect(told).toEqual(['new', 'plain']);
  });

  it('uses the last entry for a channel that is named twice', async () => {
    const { subscriptions, connection, epoch } = await rigWith();
    const { subscribed, positions } = await subscriptions.subscribe(connection.id, [
      { channel: 'kept', since: { epoch, offset: 0 } },
      'plain',
      { channel: 'kept', since: { epoch: 'other', offset: 0 } },
    ]);
    expect(subscribed).toEqual(['kept', 'plain']);
    expect(positions?.['kept']).toMatchObject({ recovered: false });
  });

  it('releases the slots of failed channels before it sends missed events', async () => {
    const rig = await rigWith({ broadcastBufferSize: 4, maxSubscriptionsPerConnection: 2 });
    const { backplane, subscriptions, connection, socket, index, epoch } = rig;
    backplane.broken.add('kept-2');
    const drain = socket.holdDrain();
    const done = subscriptions.subscribe(connection.id, [{ channel: 'kept', since: { epoch, offset: 0 } }, 'kept-2']);
    await turn();
    expect(index.reservedBy(connection)).toBe(1);
    expect(index.isUsed('kept-2')).toBe(false);
    drain();
    expect((await done).subscribed).toEqual(['kept']);
  });

  it('sends the outcome in the turn in which the subscriptions begin, before the first event', async () => {
    const rig = await rigWith();
    const { socket, index, epoch } = rig;
    const seen: unknown[] = [];
    await rig.subscribeAs(rig, ['plain', { channel: 'kept', since: { epoch, offset: 6 } }], ({ subscribed }) => {
      seen.push(subscribed, socket.frames.length, index.channels());
      // The turn in which they begin ends after this one has returned.
      queueMicrotask(() => seen.push(socket.frames.length, index.channels().length));
    });
    expect(seen).toEqual([['plain', 'kept'], 0, [], 2, 2]);
  });

  it('leaves only the former subscriptions when the outcome cannot be sent', async () => {
    const rig = await rigWith();
    const { subscriptions, connection, index, subscribing } = rig;
    await subscriptions.subscribe(connection.id, ['before']);
    rig.socket.send = () => {
      throw new RangeError('too long');
    };
    await expect(rig.subscribeAs(rig, ['before', 'plain', 'kept'])).rejects.toThrow('too long');
    expect(index.channels()).toEqual([{ channel: 'before', subscribers: 1 }]);
    expect(index.reservedBy(connection)).toBe(1);
    expect(subscribing.size).toBe(0);
  });

  it('lets a subscriber start and stop to receive joins and leaves', async () => {
    const { subscriptions, connection, index } = await rigWith();
    const watches = async (...join_leave: (boolean | undefined)[]): Promise<boolean[]> => {
      const seen: boolean[] = [];
      for (const each of join_leave) {
        await subscriptions.subscribe(connection.id, [{ channel: 'members', join_leave: each }]);
        seen.push(index.find('members')?.presenceReceivers.has(connection) ?? false);
      }
      return seen;
    };
    expect(await watches(undefined, true, undefined, false, true)).toEqual([false, true, true, false, true]);
  });
});
