import { subprotocols } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { eventsOf, offsetsOf, range, subscribe } from '../../support/recover.js';
import { type TestApp, TestAuthHandler, startApp, testAuth } from '../../support/test-app.js';

const history = { size: 100, ttl: 60_000 };
const channels = { 'agent:*': { history, mirror: 'agents', presence: true, joinLeave: true }, agents: { history } };

describe('an event of a mirrored channel', () => {
  it('reaches the mirror with the name of its source, the same data and a position of its own', async () => {
    const app = await startApp({ ...testAuth, channels });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, 'agents');
    const metadata = { run: 1 };
    await app.subscriptions.broadcast('agent:6', 'first');
    expect(await app.subscriptions.broadcast('agent:7', { step: 1 }, { metadata })).toMatchObject({
      delivered: 1,
      offset: 1,
    });
    expect(await client.next('event')).toMatchObject({ data: 'first', metadata: { mirrored_from: 'agent:6' } });
    expect(await client.next('event')).toEqual({
      type: 'event',
      data: { step: 1 },
      metadata: {
        channel: 'agents',
        mirrored_from: 'agent:7',
        timestamp: expect.any(Number),
        epoch: expect.any(String),
        offset: 2,
        app: metadata,
      },
    });
  });

  it('reaches a subscriber of both channels once in each, and counts twice', async () => {
    const app = await startApp({ ...testAuth, channels });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, 'agent:7');
    await subscribe(client, 'agents');
    expect((await app.subscriptions.broadcast('agent:7', 1)).delivered).toBe(2);
    expect((await client.next('event')).metadata).toMatchObject({ channel: 'agent:7' });
    expect((await client.next('event')).metadata).toMatchObject({ channel: 'agents', mirrored_from: 'agent:7' });
  });

  it('is recovered from the mirror, and is in its history, as it was delivered live', async () => {
    const app = await startApp({ ...testAuth, channels });
    const live = await app.connect('?token=token-ann');
    await subscribe(live, 'agents');
    for (const at of range(1, 6)) await app.subscriptions.broadcast(`agent:${at % 3}`, at);
    const events = [];
    for (const _ of range(1, 6)) events.push(await live.next('event'));
    const { epoch } = events[0]?.metadata ?? {};
    const late = await app.connect('?token=token-ann');
    late.send({ type: 'subscribe', data: { channels: [{ channel: 'agents', since: { epoch, offset: 2 } }] } });
    await late.next('subscribe_response');
    for (const event of events.slice(2)) expect(await late.next('event')).toEqual(event);
    const past = await app.subscriptions.history('agents');
    expect(past.events).toEqual(events.map(({ data, metadata }) => ({ data, metadata })));
  });

  it('is kept from the excluded in the mirror too, without the name of its source', async () => {
    const app = await startApp({ ...testAuth, channels });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, 'agents');
    await app.subscriptions.broadcast('agent:7', 'secret', { except: { userId: 'ann' } });
    const { data, metadata } = await client.next('event');
    expect(data).toBeNull();
    expect(metadata).toMatchObject({ channel: 'agents', kind: 'skipped', offset: 1 });
    expect(metadata).not.toHaveProperty('mirrored_from');
  });

  it('is kept from an excluded connection in both: live, in a recovery and in the history of the mirror', async () => {
    const app = await startApp({ ...testAuth, channels });
    const client = await app.connect('?token=token-ann');
    const { positions } = await subscribe(client, 'agent:7', 'agents');
    const except = { connectionId: app.registry.list()[0]?.id ?? '' };
    await app.subscriptions.broadcast('agent:7', 'secret', { except });
    await client.settle();
    await client.ask({ type: 'unsubscribe', data: { channels: ['agents'] } });
    const { epoch = '' } = positions?.['agents'] ?? {};
    await subscribe(client, { channel: 'agents', since: { epoch, offset: 0 } });
    await client.settle();
    expect(eventsOf(client, 'agent:7')).toEqual([null]);
    expect(eventsOf(client, 'agents')).toEqual([null, null]);
    const past = await client.request('history', { channel: 'agents' });
    expect(past.data).toMatchObject({ result: { events: [{ data: null, metadata: { kind: 'skipped' } }] } });
    expect(JSON.stringify(client.received)).not.toMatch(/secret|mirrored_from/);
  });

  it('has its bytes in the mirror for MessagePack, and their base64 for JSON', async () => {
    const app = await startApp({ ...testAuth, channels });
    const blob = Uint8Array.of(0, 255, 128, 7);
    for (const [protocols, expected] of [
      [[subprotocols.msgpack], blob],
      [[], 'AP+ABw=='],
    ] as const) {
      const client = await app.connect('?token=token-ann', { protocols: [...protocols] });
      await subscribe(client, 'agents');
      await app.subscriptions.broadcast('agent:7', { blob });
      expect(await client.next('event')).toMatchObject({
        data: { blob: expected },
        metadata: { channel: 'agents', mirrored_from: 'agent:7' },
      });
      const past = await client.request('history', { channel: 'agents', limit: 1, reverse: true });
      expect(past.data).toMatchObject({ result: { events: [{ data: { blob: expected } }] } });
    }
  });

  it('is not a join or a leave: those stay in their channel', async () => {
    const app = await startApp({
      ...testAuth,
      presenceLeaveDelay: 0,
      channels: { ...channels, agents: { history, presence: true, joinLeave: true } },
    });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, ...['agent:7', 'agents'].map((channel) => ({ channel, join_leave: true })));
    const bob = await app.connect('?token=token-bob');
    await subscribe(bob, 'agent:7');
    await bob.ask({ type: 'unsubscribe', data: { channels: ['agent:7'] } });
    const seen: unknown[] = [];
    while (seen.at(-1) !== 'leave') seen.push((await client.next('event')).metadata.kind);
    await app.subscriptions.broadcast('agent:7', 1);
    await client.settle();
    expect(eventsOf(client, 'agent:7')).toEqual([{ user_id: 'ann' }, { user_id: 'bob' }, { user_id: 'bob' }, 1]);
    expect(eventsOf(client, 'agents')).toEqual([{ user_id: 'ann' }, 1]);
    expect((await app.subscriptions.history('agents')).events).toHaveLength(1);
  });

  it('is in neither channel again when its idempotency key is used again', async () => {
    const app = await startApp({ ...testAuth, channels });
    const publish = () => app.subscriptions.broadcast('agent:7', 1, { idempotencyKey: 'k' });
    await publish();
    await publish();
    expect((await app.subscriptions.history('agent:7')).events).toHaveLength(1);
    expect((await app.subscriptions.history('agents')).events).toHaveLength(1);
  });
});

describe('an idempotency key of a client', () => {
  it('holds for the channel that it was used in, not for the mirror', async () => {
    const clientPublish = true;
    const app = await startApp({
      ...testAuth,
      channels: { 'agent:*': { ...channels['agent:*'], clientPublish }, agents: { history, clientPublish } },
    });
    const client = await app.connect('?token=token-ann');
    const publish = async (channel: string) =>
      (await client.request('publish', { channel, data: channel, idempotency_key: 'k' })).data;
    expect(await publish('agent:7')).toMatchObject({ result: { offset: 1 } });
    expect(await publish('agent:7')).toMatchObject({ result: { offset: 1, duplicate: true } });
    expect(await publish('agent:8')).toMatchObject({ result: { offset: 1 } });
    expect(await publish('agents')).toMatchObject({ result: { offset: 3 } });
    const past = await app.subscriptions.history('agents');
    expect(past.events.map(({ data, metadata }) => [data, metadata.from?.user_id])).toEqual(
      ['agent:7', 'agent:8', 'agents'].map((channel) => [channel, 'ann']),
    );
  });
});

describe('an event that fits its channel and not the mirror', () => {
  const bounded = { maxMessageSize: 4096, maxBufferedBytes: 4096, channels: { ...channels, 'plain:*': { history } } };

  /** The most characters of data that a channel with a name of the same length takes, without a mirror. */
  async function mostOf({ subscriptions }: TestApp): Promise<string> {
    for (let length = bounded.maxBufferedBytes; length > 0; length -= 1) {
      const isTaken = subscriptions.broadcast('plain:7', 'x'.repeat(length)).then(
        () => true,
        () => false,
      );
      if (await isTaken) return 'x'.repeat(length);
    }
    throw new Error('No event fits.');
  }

  it('is refused whole: neither channel gets it, and neither counts it', async () => {
    const app = await startApp({ ...testAuth, ...bounded });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, 'agent:7', 'agents');
    const data = await mostOf(app);
    const refused = app.subscriptions.broadcast('agent:7', data, { idempotencyKey: 'k' });
    await expect(refused).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', details: { max: 4096 } });
    const shorter = data.slice(',"mirrored_from":"agent:7"'.length);
    await app.subscriptions.broadcast('agent:7', shorter, { idempotencyKey: 'k' });
    await client.settle();
    for (const channel of ['agent:7', 'agents']) {
      expect(eventsOf(client, channel)).toEqual([shorter]);
      expect(offsetsOf(client, channel)).toEqual([1]);
      expect((await app.subscriptions.history(channel)).events).toMatchObject([{ data: shorter }]);
    }
  });
});

describe('a revocation', () => {
  it('of the mirror ends what comes from it alone', async () => {
    const app = await startApp({ ...testAuth, channels });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, 'agent:7', 'agents');
    await app.subscriptions.revoke('ann', 'agents');
    expect((await client.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['agents'] });
    expect(await app.subscriptions.broadcast('agent:7', 1)).toMatchObject({ delivered: 1 });
    await client.settle();
    expect([eventsOf(client, 'agent:7'), eventsOf(client, 'agents')]).toEqual([[1], []]);
  });

  it('of a mirrored channel leaves the mirror', async () => {
    const app = await startApp({ ...testAuth, channels });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, 'agent:7', 'agents');
    await app.subscriptions.revoke('ann', 'agent:7');
    expect((await client.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['agent:7'] });
    expect(await app.subscriptions.broadcast('agent:7', 1)).toMatchObject({ delivered: 1 });
    await client.settle();
    expect([eventsOf(client, 'agent:7'), eventsOf(client, 'agents')]).toEqual([[], [1]]);
  });
});

describe('permission', () => {
  it.each([
    ['agents', 'agent:7'],
    ['agent:7', 'agents'],
  ])('for %s gives nothing of %s', async (allowed, refused) => {
    const asked: string[] = [];
    class OneChannel extends TestAuthHandler {
      override checkPermission(_userId: string, channel: string): boolean {
        asked.push(channel);
        return channel === allowed;
      }
    }
    const app = await startApp({ authHandler: { useClass: OneChannel }, channels });
    const client = await app.connect('?token=token-ann');
    expect(await subscribe(client, allowed, refused)).toMatchObject({
      subscribed: [allowed],
      failed: [{ channel: refused, code: 'PERMISSION_DENIED' }],
    });
    expect(asked.toSorted()).toEqual(['agent:7', 'agents']);
    await app.subscriptions.broadcast('agent:7', 1);
    expect((await client.next('event')).metadata.channel).toBe(allowed);
    expect((await client.request('history', { channel: refused })).data).toMatchObject({
      error: { code: 'PERMISSION_DENIED' },
    });
    expect(eventsOf(client, refused)).toEqual([]);
  });
});

describe('a subscribe to a pattern', () => {
  it('is refused with a sentence that names the option mirror', async () => {
    const app = await startApp({ ...testAuth, channels });
    const client = await app.connect('?token=token-ann');
    client.send({ type: 'subscribe', data: { channels: ['agent:*'] } });
    expect(await client.next('subscribe_response')).toMatchObject({
      data: {
        subscribed: [],
        failed: [{ channel: 'agent:*', code: 'INVALID_CHANNEL', message: expect.stringContaining('`mirror`') }],
      },
    });
  });
});

describe('a mirror', () => {
  it.each([
    [{ chat: { mirror: 'chat' } }, 'chat'],
    [{ '*': { mirror: 'agents' } }, 'agents'],
  ])('that is mirrored itself stops the start: %j', async (chained, mirror) => {
    await expect(startApp({ channels: chained })).rejects.toThrow(
      `.mirror is "${mirror}"; allowed: a channel without a mirror of its own, but channels[`,
    );
  });
});
