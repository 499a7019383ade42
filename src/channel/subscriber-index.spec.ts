import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import { type ClientConnection, WsError } from '../connection/index.js';
import type { SubscriberIndex } from './subscriber-index.js';

const LIMITS = { maxSubscriptionsPerConnection: 3, maxSubscribersPerChannel: 2 };
const USERS = ['ann', 'bob', 'cid', 'dan'] as const;

const step = fc.oneof(
  fc.record({
    do: fc.constantFrom('add' as const, 'remove' as const),
    who: fc.nat({ max: USERS.length - 1 }),
    channel: fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
  }),
  fc.record({
    do: fc.constantFrom('change user' as const, 'close' as const),
    who: fc.nat({ max: USERS.length - 1 }),
    channel: fc.constant(''),
  }),
);

describe('SubscriberIndex', () => {
  it('keeps its two maps, its limits and its gauges in step with a plain set of pairs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { index, registry, table, connect, readMeters } = serviceRig(LIMITS);
        const clients = USERS.map((user) => connect(user).connection);
        const pairs = new Set<string>();
        const ofChannel = (channel: string) => [...pairs].filter((pair) => pair.endsWith(` ${channel}`));
        const ofClient = (who: number) => [...pairs].filter((pair) => pair.startsWith(`${who} `));
        for (const { do: what, who, channel } of steps) {
          const connection = clients[who];
          if (connection === undefined || connection.isClosed) continue;
          const pair = `${who} ${channel}`;
          if (what === 'add') {
            const code = pairs.has(pair)
              ? undefined
              : ofClient(who).length >= LIMITS.maxSubscriptionsPerConnection
                ? 'SUBSCRIPTION_LIMIT_EXCEEDED'
                : ofChannel(channel).length >= LIMITS.maxSubscribersPerChannel
                  ? 'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED'
                  : undefined;
            expect(codeOf(() => subscribe(index, connection, channel))).toBe(code);
            if (code === undefined) pairs.add(pair);
          } else if (what === 'remove') {
            expect(index.remove(connection, channel)).toBe(pairs.delete(pair));
          } else {
            if (what === 'close') table.remove(connection);
            else table.identify(connection, { userId: `not ${connection.userId}` });
            for (const gone of ofClient(who)) pairs.delete(gone);
          }
          for (const each of ['a', 'b', 'c', 'd', '__proto__']) {
            expect([...index.subscribersOf(each)].map((one) => `${clients.indexOf(one)} ${each}`).toSorted()).toEqual(
              ofChannel(each).toSorted(),
            );
          }
          for (const [at, one] of clients.entries()) {
            expect([...index.channelsOf(one)].map((each) => `${at} ${each}`).toSorted()).toEqual(
              ofClient(at).toSorted(),
            );
          }
        }
        const channels = new Set([...pairs].map((pair) => pair.split(' ')[1]));
        expect(await readMeters()).toMatchObject({ subscriptions: pairs.size, channels: channels.size });
        expect(registry.getStats().channels).toBe(channels.size);
        expect(index.channels().reduce((sum, { subscribers }) => sum + subscribers, 0)).toBe(pairs.size);
      }),
    );
  });

  it('reports the channel and the limit that was reached', () => {
    const { index, connect } = serviceRig({ maxSubscriptionsPerConnection: 1, maxSubscribersPerChannel: 1 });
    const alice = connect('alice').connection;
    subscribe(index, alice, 'a');
    expect(() => index.reserve(alice, 'b')).toThrow(expect.objectContaining({ details: { channel: 'b', max: 1 } }));
    expect(() => index.reserve(connect('bob').connection, 'a')).toThrow(
      expect.objectContaining({ code: 'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED', details: { channel: 'a', max: 1 } }),
    );
    expect(index.channels()).toEqual([{ channel: 'a', subscribers: 1 }]);
  });

  it('counts a pending subscription towards the limits, and nowhere else', async () => {
    const { index, registry, connect, readMeters } = serviceRig({
      maxSubscriptionsPerConnection: 1,
      maxSubscribersPerChannel: 1,
    });
    const alice = connect('alice').connection;
    index.reserve(alice, 'a');
    expect(codeOf(() => index.reserve(alice, 'b'))).toBe('SUBSCRIPTION_LIMIT_EXCEEDED');
    expect(codeOf(() => index.reserve(connect('bob').connection, 'a'))).toBe('CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED');
    expect(index.has(alice, 'a')).toBe(false);
    expect(index.channels()).toEqual([]);
    expect(registry.getStats().channels).toBe(0);
    expect(await readMeters()).toMatchObject({ subscriptions: 0, channels: 0 });
  });

  it.each([
    ['removed', 'REMOVE'],
    ['left by its connection', 'CLOSE'],
    ['left by its user', 'USER'],
  ])('never activates a pending subscription that was %s', (_what, how) => {
    const { index, table, connect } = serviceRig();
    const { connection } = connect('alice');
    const pending = index.reserve(connection, 'a');
    if (how === 'REMOVE') index.remove(connection, 'a');
    else if (how === 'CLOSE') table.remove(connection);
    else table.identify(connection, { userId: 'bob' });
    index.activate(pending);
    expect(pending.isEnded).toBe(true);
    expect(index.channels()).toEqual([]);
    expect(index.reservedBy(connection)).toBe(0);
    expect(index.isUsed('a')).toBe(false);
  });

  it('notifies of subscriptions, and when the last slot is given up, pending ones included', () => {
    const { index, connect } = serviceRig();
    const told: string[] = [];
    index.observe({
      onSubscribed: (connection, channel) => told.push(`+${connection.userId} ${channel}`),
      onUnsubscribed: (connection, channel) => told.push(`-${connection.userId} ${channel}`),
      onEmptied: (channel) => told.push(`empty ${channel}`),
    });
    const [ann, bob] = [connect('ann').connection, connect('bob').connection];
    subscribe(index, ann, 'a');
    index.reserve(bob, 'a');
    index.remove(ann, 'a');
    index.remove(bob, 'a');
    index.remove(bob, 'a');
    expect(told).toEqual(['+ann a', '-ann a', 'empty a']);
  });

  it('lists the receivers of joins and leaves, from the activation on', () => {
    const { index, connect } = serviceRig();
    const { connection } = connect('ann');
    const watchers = (): number => index.find('a')?.presenceReceivers.size ?? 0;
    const pending = index.reserve(connection, 'a', { receivesPresence: true });
    expect(watchers()).toBe(0);
    index.activate(pending);
    expect(watchers()).toBe(1);
    index.receivePresence(connection, 'a', false);
    expect(watchers()).toBe(0);
    index.receivePresence(connection, 'a', true);
    index.remove(connection, 'a');
    expect(watchers()).toBe(0);
  });

  it('keeps the subscriptions of a user whose token is renewed', () => {
    const { index, table, connect } = serviceRig();
    const alice = connect('alice').connection;
    subscribe(index, alice, 'a');
    table.identify(alice, { userId: 'alice' });
    expect(index.has(alice, 'a')).toBe(true);
  });
});

function subscribe(index: SubscriberIndex, connection: ClientConnection, channel: string): void {
  if (!index.has(connection, channel)) index.activate(index.reserve(connection, channel));
}

function codeOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof WsError) return error.code;
    throw error;
  }
}
