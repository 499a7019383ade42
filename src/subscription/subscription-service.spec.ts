import { describe, expect, it, vi } from 'vitest';
import { messageOf } from '../../test/support/frame-message.js';
import { serviceRig } from '../../test/support/service-rig.js';
import { AuthHandler } from '../auth/index.js';
import type { SkreaverWsOptions } from '../config/index.js';

/** Answers a permission only when the test says so. */
class AskedHandler extends AuthHandler {
  readonly waiting: { readonly channel: string; readonly answer: (allowed: boolean) => void }[] = [];
  readonly asked = vi.fn<(userId: string, channel: string) => void>();

  override authenticate(): string {
    return 'alice';
  }
  override checkPermission(userId: string, channel: string): Promise<boolean> {
    this.asked(userId, channel);
    return new Promise((answer) => this.waiting.push({ channel, answer }));
  }
  async answerNext(allowed = true): Promise<void> {
    await vi.waitUntil(() => this.waiting.length > 0, 20_000);
    this.waiting.shift()?.answer(allowed);
  }
}

class OpenHandler extends AuthHandler {
  readonly asked: string[] = [];
  override authenticate(): string {
    return 'alice';
  }
  override checkPermission(_userId: string, channel: string): boolean {
    this.asked.push(channel);
    return !channel.startsWith('private');
  }
}

const codesOf = (failed: readonly { channel: string; code: string }[]) =>
  Object.fromEntries(failed.map(({ channel, code }) => [channel, code]));

const rigWith = <H extends AuthHandler>(handler: H, options: SkreaverWsOptions = {}) => {
  const rig = serviceRig(options, handler);
  return { ...rig, ...rig.connect('alice'), handler };
};

describe('subscribing', () => {
  it('subscribes to the allowed channels and lists the failed ones, each with its code', async () => {
    const { subscriptions, connection, readMeters } = rigWith(new OpenHandler());
    const { subscribed, failed } = await subscriptions.subscribe(connection.id, ['a', 'no good', 'private', 'b', 'a']);
    expect(subscribed).toEqual(['a', 'b']);
    expect(codesOf(failed)).toEqual({ 'no good': 'INVALID_CHANNEL', private: 'PERMISSION_DENIED' });
    expect(subscriptions.subscriptionsOf(connection.id)).toEqual(['a', 'b']);
    expect(await readMeters()).toMatchObject({ subscriptions: 2, channels: 2, subscriptionsFailed: 2 });
  });

  it('echoes no more of an invalid name than the longest valid one', async () => {
    const { subscriptions, connection } = rigWith(new OpenHandler());
    const { failed } = await subscriptions.subscribe(connection.id, ['x'.repeat(60_000)]);
    expect(failed[0]?.channel).toHaveLength(255);
    const ended = await subscriptions.unsubscribe(connection.id, ['x'.repeat(60_000)]);
    expect(ended.failed[0]?.channel).toHaveLength(255);
  });

  it('asks for no permissions beyond the free slots of the connection', async () => {
    const { subscriptions, connection, handler } = rigWith(new OpenHandler(), { maxSubscriptionsPerConnection: 2 });
    const { subscribed, failed } = await subscriptions.subscribe(connection.id, ['a', 'b', 'c', 'd']);
    expect(subscribed).toEqual(['a', 'b']);
    expect(codesOf(failed)).toEqual({ c: 'SUBSCRIPTION_LIMIT_EXCEEDED', d: 'SUBSCRIPTION_LIMIT_EXCEEDED' });
    expect(handler.asked).toEqual(['a', 'b']);
  });

  it('takes an existing subscription for no error, even without a free slot and after a channel that has none', async () => {
    const { subscriptions, connection } = rigWith(new OpenHandler(), { maxSubscriptionsPerConnection: 1 });
    await subscriptions.subscribe(connection.id, ['a']);
    const { subscribed, failed } = await subscriptions.subscribe(connection.id, ['b', 'a']);
    expect(subscribed).toEqual(['a']);
    expect(codesOf(failed)).toEqual({ b: 'SUBSCRIPTION_LIMIT_EXCEEDED' });
    expect(await subscriptions.broadcast('a', 1)).toEqual({ delivered: 1 });
  });

  it('fails for a channel that is full', async () => {
    const { subscriptions, connection, connect } = rigWith(new OpenHandler(), { maxSubscribersPerChannel: 1 });
    await subscriptions.subscribe(connection.id, ['a']);
    const { failed } = await subscriptions.subscribe(connect('bob').connection.id, ['a']);
    expect(codesOf(failed)).toEqual({ a: 'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED' });
  });

  it('separates two concurrent subscribes of one connection', async () => {
    const { subscriptions, connection, handler } = rigWith(new AskedHandler(), { maxSubscriptionsPerConnection: 1 });
    const first = subscriptions.subscribe(connection.id, ['a']);
    const second = subscriptions.subscribe(connection.id, ['b']);
    await handler.answerNext();
    expect((await first).subscribed).toEqual(['a']);
    expect(codesOf((await second).failed)).toEqual({ b: 'SUBSCRIPTION_LIMIT_EXCEEDED' });
    expect(handler.asked).toHaveBeenCalledTimes(1);
  });

  it('rejects for an unknown connection', async () => {
    const { subscriptions } = rigWith(new OpenHandler());
    await expect(subscriptions.subscribe('nobody', ['a'])).rejects.toMatchObject({ code: 'CONNECTION_NOT_FOUND' });
    await expect(subscriptions.unsubscribe('nobody', ['a'])).rejects.toMatchObject({ code: 'CONNECTION_NOT_FOUND' });
    expect(subscriptions.subscriptionsOf('nobody')).toEqual([]);
  });
});

describe('a subscribe whose permission was being checked', () => {
  it('commits nothing when the connection closed meanwhile', async () => {
    const { subscriptions, connection, table, index, handler } = rigWith(new AskedHandler());
    const pending = subscriptions.subscribe(connection.id, ['a']);
    await vi.waitUntil(() => handler.waiting.length > 0, 20_000);
    table.remove(connection);
    await handler.answerNext();
    expect(codesOf((await pending).failed)).toEqual({ a: 'CONNECTION_CLOSED' });
    expect(index.channels()).toEqual([]);
  });

  it('commits nothing when the user changed meanwhile, even when the old user is back', async () => {
    const { subscriptions, connection, table, index, handler } = rigWith(new AskedHandler());
    const pending = subscriptions.subscribe(connection.id, ['a']);
    await vi.waitUntil(() => handler.waiting.length > 0, 20_000);
    table.identify(connection, { userId: 'bob' });
    table.identify(connection, { userId: 'alice' });
    await handler.answerNext();
    expect(codesOf((await pending).failed)).toEqual({ a: 'PERMISSION_DENIED' });
    expect(index.channels()).toEqual([]);
  });

  it('commits when only the token was renewed meanwhile', async () => {
    const { subscriptions, connection, table, handler } = rigWith(new AskedHandler());
    const pending = subscriptions.subscribe(connection.id, ['a']);
    table.identify(connection, { userId: 'alice' });
    await handler.answerNext();
    expect((await pending).subscribed).toEqual(['a']);
  });

  it('commits all channels except one that was unsubscribed meanwhile', async () => {
    const { subscriptions, connection, handler } = rigWith(new AskedHandler());
    const pending = subscriptions.subscribe(connection.id, ['a', 'b']);
    await vi.waitUntil(() => handler.waiting.length === 2, 20_000);
    expect(await subscriptions.unsubscribe(connection.id, ['a'])).toEqual({ unsubscribed: ['a'], failed: [] });
    await handler.answerNext();
    await handler.answerNext();
    const { subscribed, failed } = await pending;
    expect(subscribed).toEqual(['b']);
    expect(codesOf(failed)).toEqual({ a: 'REQUEST_CANCELLED' });
  });

  it('commits nothing after an unsubscribe in the turn of the subscribe, or while it waits for another one', async () => {
    const { subscriptions, connection, handler } = rigWith(new AskedHandler());
    const first = subscriptions.subscribe(connection.id, ['a']);
    const second = subscriptions.subscribe(connection.id, ['b']);
    void subscriptions.unsubscribe(connection.id, ['a', 'b']);
    await handler.answerNext();
    await handler.answerNext();
    await Promise.all([first, second]);
    expect(subscriptions.subscriptionsOf(connection.id)).toEqual([]);
  });

  it('is not affected by an earlier unsubscribe', async () => {
    const { subscriptions, connection, handler } = rigWith(new AskedHandler());
    const first = subscriptions.subscribe(connection.id, ['a']);
    void subscriptions.unsubscribe(connection.id, ['a']);
    const second = subscriptions.subscribe(connection.id, ['a']);
    await handler.answerNext();
    await handler.answerNext();
    expect((await first).subscribed).toEqual([]);
    expect((await second).subscribed).toEqual(['a']);
  });
});

describe('unsubscribing', () => {
  it('ends subscriptions at once; a missing subscription is no error, and an invalid name is one', async () => {
    const { subscriptions, connection, socket } = rigWith(new OpenHandler());
    await subscriptions.subscribe(connection.id, ['a']);
    const { unsubscribed, failed } = await subscriptions.unsubscribe(connection.id, ['a', 'a', 'never', 'no good']);
    expect(unsubscribed).toEqual(['a', 'never']);
    expect(codesOf(failed)).toEqual({ 'no good': 'INVALID_CHANNEL' });
    await subscriptions.broadcast('a', 1);
    expect(socket.frames).toEqual([]);
  });
});

describe('sending an event', () => {
  it('reaches all connections of a user, and one connection', async () => {
    const { subscriptions, connection, connect } = rigWith(new OpenHandler());
    connect('alice');
    connect('bob');
    expect(await subscriptions.sendToUser('alice', 1)).toEqual({ delivered: 2 });
    expect(await subscriptions.sendToUser('nobody', 1)).toEqual({ delivered: 0 });
    expect(await subscriptions.sendToConnection(connection.id, 1)).toEqual({ delivered: 1 });
    await expect(subscriptions.sendToConnection('nobody', 1)).rejects.toMatchObject({ code: 'CONNECTION_NOT_FOUND' });
    await expect(subscriptions.ask('nobody', 1)).rejects.toMatchObject({ code: 'CONNECTION_NOT_FOUND' });
  });

  it('rejects, and never throws, for an invalid channel', async () => {
    await expect(rigWith(new OpenHandler()).subscriptions.broadcast('no good', 1)).rejects.toMatchObject({
      code: 'INVALID_CHANNEL',
    });
  });

  it('asks under an id of its own and resolves with the answer', async () => {
    const { subscriptions, connection, socket, asks } = rigWith(new OpenHandler());
    const answer = subscriptions.ask(connection.id, 'ready?');
    const { correlation_id } = messageOf(socket.frames[0]) as { correlation_id: string };
    asks.answer(connection, correlation_id, 'yes');
    expect(await answer).toBe('yes');
  });

  it('lists channels with their numbers of subscribers', async () => {
    const { subscriptions, connection } = rigWith(new OpenHandler());
    await subscriptions.subscribe(connection.id, ['a']);
    expect(subscriptions.channels()).toEqual([{ channel: 'a', subscribers: 1 }]);
  });
});
