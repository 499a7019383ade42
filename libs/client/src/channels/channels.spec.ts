import { decodeClientMessage, protocolLimits } from '@skreaver/protocol';
import { describe, expect, it, vi } from 'vitest';
import { ClientRig, position } from '../../../../test/support/client/client-rig.js';
import { settled } from '../../../../test/support/client/fake-clock.js';
import type { SubscribeOptions } from './subscribe-options.js';

const HISTORY = { a: position(10) };
/** The server's default, in bytes. */
const MAX_MESSAGE_SIZE = 65_536;

/** A client that is subscribed to `a`, at offset 10; what its handle gets is in `log`. */
const subscribed = async (options: SubscribeOptions = {}) => {
  const rig = new ClientRig();
  const { log, subscription } = handle(rig, options);
  await rig.open();
  await rig.subscribed(HISTORY);
  return { rig, log, subscription };
};

const handle = (rig: ClientRig, options: SubscribeOptions = {}) => {
  const log: unknown[] = [];
  const subscription = rig.client.subscribe('a', {
    onEvent: ({ data }) => log.push(data),
    onReset: ({ reason }) => log.push(reason),
    ...options,
  });
  return { log, subscription };
};

const again = async (rig: ClientRig): Promise<void> => {
  rig.socket.end(1006);
  await rig.clock.pass(30_000);
  await rig.open();
};

const asked = (rig: ClientRig): unknown[] => rig.socket.of('subscribe').flatMap(({ data }) => data.channels);

describe('channels', () => {
  it('are subscribed to in one message for one turn, and left likewise', async () => {
    const rig = new ClientRig();
    const socket = await rig.connect();
    const all = ['a', 'b', 'a'].map((name) => rig.client.subscribe(name));
    await settled();
    await rig.subscribed();
    expect(asked(rig)).toEqual([{ channel: 'a' }, { channel: 'b' }]);
    expect(all.map(({ state }) => state.status)).toEqual(['subscribed', 'subscribed', 'subscribed']);
    for (const subscription of all) subscription.close();
    await rig.clock.pass(249);
    expect(socket.of('unsubscribe')).toEqual([]);
    await rig.clock.pass(2);
    expect(socket.of('unsubscribe').map(({ data }) => data.channels)).toEqual([['b', 'a']]);
  });

  it('are subscribed to by messages that the server takes, however many they are and long their names', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const names = Array.from({ length: 1_001 }, (_, at) =>
      `room:${at}`.padEnd(protocolLimits.maxChannelNameLength, 'x'),
    );
    for (const name of names) rig.client.subscribe(name, { joinLeave: true });
    await settled();
    const epoch = 'e'.repeat(20);
    const offset = Number.MAX_SAFE_INTEGER;
    const positions = Object.fromEntries(names.map((name) => [name, { epoch, offset, recovered: false }]));
    for (const { correlation_id: id } of rig.socket.of('subscribe')) {
      rig.socket.receive({
        type: 'subscribe_response',
        data: { success: true, subscribed: names, positions },
        correlation_id: id,
      });
    }
    rig.socket.end(1006);
    await rig.clock.pass(3_000);
    await rig.open();
    expect(asked(rig)).toHaveLength(names.length);
    for (const message of rig.socket.of('subscribe')) {
      expect(decodeClientMessage(JSON.stringify(message)).ok).toBe(true);
      expect(JSON.stringify(message).length).toBeLessThan(MAX_MESSAGE_SIZE);
    }
  });

  it('that are closed and opened again within the linger cost nothing', async () => {
    const { rig, subscription } = await subscribed();
    subscription.close();
    await rig.clock.pass(200);
    const { log } = handle(rig);
    await rig.clock.pass(1_000);
    rig.at('a', 11);
    expect([log, asked(rig).length, rig.socket.of('unsubscribe')]).toEqual([['new', 11], 1, []]);
  });

  it('are asked for while the token is on its way', async () => {
    const rig = new ClientRig({ token: 't' });
    rig.client.subscribe('a');
    await settled();
    rig.socket.open();
    expect(rig.socket.sent.map(({ type }) => type)).toEqual(['auth', 'subscribe']);
    rig.accept();
    expect(rig.socket.of('subscribe')).toHaveLength(1);
  });
});

describe('the events of a channel', () => {
  it('come to every handle, once and in order, with their position', async () => {
    const { rig, log, subscription } = await subscribed();
    const seen: unknown[] = [];
    subscription.on('event', (event) => seen.push(event));
    const other = handle(rig);
    await settled();
    for (const offset of [11, 12, 12, 11, 13]) rig.at('a', offset);
    expect([log, other.log]).toEqual([
      ['new', 11, 12, 13],
      ['new', 11, 12, 13],
    ]);
    const metadata = { channel: 'a', timestamp: 1, epoch: 'e', offset: 11 };
    const at = { epoch: 'e', offset: 11 };
    expect(seen[0]).toEqual({ channel: 'a', data: 11, timestamp: 1, recovered: false, metadata, position: at });
    expect(subscription.position).toEqual({ epoch: 'e', offset: 13 });
  });

  it('of a kind that is not data take their place, and are not given', async () => {
    const { rig, log } = await subscribed();
    rig.at('a', 11, { kind: 'skipped' });
    rig.at('a', 12, { kind: 'of a later release' });
    rig.at('a', 13);
    expect(log).toEqual(['new', 13]);
    expect(rig.socket.of('unsubscribe')).toEqual([]);
  });

  it('come to the other handlers when one throws; the error is told, or thrown where nobody listens', async () => {
    const { rig, log, subscription } = await subscribed();
    subscription.on('event', () => {
      throw new Error('mine');
    });
    const after = vi.fn<() => void>();
    subscription.on('event', after);
    rig.at('a', 11);
    expect([log, after.mock.calls.length, rig.errors]).toEqual([['new', 11], 1, [new Error('mine')]]);
  });

  it('of a channel without history come as they are', async () => {
    const rig = new ClientRig();
    const { log } = handle(rig);
    await rig.open();
    await rig.subscribed();
    rig.event('a', 'x', { gap: true });
    rig.event('a', 'x');
    expect(log).toEqual(['new', 'x', 'x']);
  });

  it('do not come to a handle that was closed, also by an earlier handler of the same event', async () => {
    const { rig, log, subscription } = await subscribed();
    const other = handle(rig, { onEvent: () => subscription.close() });
    const third = handle(rig);
    await settled();
    subscription.on('event', () => third.subscription.close());
    rig.at('a', 11);
    expect([log, third.log]).toEqual([['new', 11], ['new']]);
    expect(other.subscription.state.status).toBe('subscribed');
  });

  it('can be iterated; leaving the loop closes the handle', async () => {
    const { rig, subscription } = await subscribed();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { data } of subscription) {
        seen.push(data);
        if (data === 12) break;
      }
    })();
    for (const offset of [11, 12, 13]) rig.at('a', offset);
    await reading;
    expect([seen, subscription.state.status]).toEqual([[11, 12], 'closed']);
    for await (const _ of subscription) expect.unreachable();
  });
});

describe('a position', () => {
  it('is where the channel recovers after a reconnect; what comes then is marked', async () => {
    const { rig, log, subscription } = await subscribed();
    rig.at('a', 11);
    await again(rig);
    expect(asked(rig)).toEqual([{ channel: 'a', since: { epoch: 'e', offset: 11 } }]);
    rig.at('a', 99); // of a subscription that is not this one
    const recovered: boolean[] = [];
    subscription.on('event', (event) => recovered.push(event.recovered));
    await rig.subscribed({ a: position(13, true) });
    for (const offset of [12, 13, 14]) rig.at('a', offset);
    expect([log, recovered]).toEqual([
      ['new', 11, 12, 13, 14],
      [true, true, false],
    ]);
  });

  it.each([
    ['unrecovered', position(20)],
    ['epoch', position(2, false, 'f')],
    ['unrecovered', undefined],
  ])('that cannot be recovered from is a reset: %s', async (reason, told) => {
    const { rig, log } = await subscribed();
    await again(rig);
    await rig.subscribed(told && { a: told });
    expect(log).toEqual(['new', reason]);
  });

  it('that the channel is still at is no reset, although nothing was recovered', async () => {
    const { rig, log } = await subscribed();
    await again(rig);
    await rig.subscribed(HISTORY);
    rig.at('a', 11);
    expect(log).toEqual(['new', 11]);
  });

  it('that the server has lost is a reset on the same connection', async () => {
    const { rig, log } = await subscribed();
    rig.socket.receive({
      type: 'subscribe_response',
      data: { success: true, subscribed: ['a', 'other'], positions: { a: position(3, false, 'p') } },
    });
    rig.at('a', 4, { epoch: 'p' });
    expect(log).toEqual(['new', 'epoch', 4]);
  });

  it('is not passed by an event after a hole: the channel recovers instead', async () => {
    for (const metadata of [{}, { epoch: 'another' }]) {
      const { rig, log } = await subscribed();
      rig.at('a', 12, metadata);
      rig.at('a', 13, metadata);
      await settled();
      expect(rig.socket.of('unsubscribe')).toHaveLength(1);
      expect(asked(rig).at(-1)).toEqual({ channel: 'a', since: { epoch: 'e', offset: 10 } });
      await rig.subscribed({ a: position(12, true) });
      rig.at('a', 11);
      rig.at('a', 12);
      expect(log).toEqual(['new', 11, 12]);
    }
  });

  it('moves over a gap that the server names', async () => {
    const { rig, log, subscription } = await subscribed();
    const gaps: unknown[] = [];
    subscription.on('gap', (gap) => gaps.push(gap));
    rig.at('a', 14, { gap: { from: 11, to: 13 } });
    expect([log, gaps]).toEqual([['new', 14], [{ from: 11, to: 13 }]]);
  });

  it('of the application is where the first subscribe begins', async () => {
    const rig = new ClientRig();
    const { log } = handle(rig, { since: { epoch: 'e', offset: 5 } });
    await rig.open();
    expect(asked(rig)).toEqual([{ channel: 'a', since: { epoch: 'e', offset: 5 } }]);
    await rig.subscribed({ a: position(6, true) });
    rig.at('a', 6);
    expect(log).toEqual([6]);
  });

  it('of the application that is gone is a reset', async () => {
    const rig = new ClientRig();
    const { log } = handle(rig, { since: { epoch: 'e', offset: 5 } });
    await rig.open();
    await rig.subscribed({ a: position(600) });
    expect(log).toEqual(['unrecovered']);
  });

  it('before that of the channel subscribes anew, and gives the other handles nothing twice', async () => {
    const { rig, log } = await subscribed();
    rig.at('a', 11);
    const late = handle(rig, { since: { epoch: 'e', offset: 9 } });
    await settled();
    expect(rig.socket.of('unsubscribe')).toHaveLength(1);
    await rig.subscribed({ a: position(11, true) });
    for (const offset of [10, 11, 12]) rig.at('a', offset);
    expect([log, late.log]).toEqual([
      ['new', 11, 12],
      [10, 11, 12],
    ]);
    const level = handle(rig, { since: { epoch: 'e', offset: 12 } });
    await settled();
    rig.at('a', 13);
    expect([level.log, rig.socket.of('unsubscribe').length]).toEqual([[13], 1]);
  });

  it('of a new handle is that of the channel, also where another one recovers', async () => {
    const rig = new ClientRig();
    const [old, fresh] = [handle(rig, { since: { epoch: 'e', offset: 5 } }), handle(rig)];
    await rig.open();
    await rig.subscribed({ a: position(6, true) });
    rig.at('a', 6);
    rig.at('a', 7);
    expect([old.log, fresh.log]).toEqual([
      [6, 7],
      ['new', 7],
    ]);
  });

  it('of another epoch than that which is recovered is a reset', async () => {
    const rig = new ClientRig();
    const { log } = handle(rig, { since: { epoch: 'old', offset: 3 } });
    rig.client.subscribe('a', { since: { epoch: 'e', offset: 3 } });
    await rig.open();
    await rig.subscribed({ a: position(5, true) });
    expect(log).toEqual(['epoch']);
  });

  it('is kept although the server had subscribed the client by itself', async () => {
    const { rig, log } = await subscribed();
    rig.socket.end(1006);
    await rig.clock.pass(30_000);
    await settled();
    rig.socket.open();
    rig.socket.receive({
      type: 'subscribe_response',
      data: { success: true, subscribed: ['a'], positions: { a: position(12) } },
    });
    await rig.subscribed({ a: position(12) });
    expect(rig.socket.of('unsubscribe')).toHaveLength(1);
    await rig.subscribed({ a: position(12, true) });
    for (const offset of [11, 12]) rig.at('a', offset);
    expect(log).toEqual(['new', 11, 12]);
  });
});

describe('a subscription', () => {
  it('that is refused fails alone, and is tried again with the next connection', async () => {
    const rig = new ClientRig();
    const errors: string[] = [];
    const bad = rig.client.subscribe('bad', { onError: ({ channel, code }) => errors.push(`${channel} ${code}`) });
    const good = rig.client.subscribe('good');
    const ready = bad.ready().catch((error: unknown) => error);
    await rig.open();
    await rig.subscribed({}, [{ channel: 'bad', code: 'PERMISSION_DENIED', message: 'No.' }]);
    expect(await ready).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect([bad.state.status, good.state.status, errors]).toEqual(['failed', 'subscribed', ['bad PERMISSION_DENIED']]);
    await again(rig);
    expect(bad.state).toEqual({ status: 'subscribing', error: undefined });
    await rig.subscribed();
    await bad.ready();
  });

  it('that is refused for now is tried again after the hint', async () => {
    const rig = new ClientRig();
    const subscription = rig.client.subscribe('a');
    await rig.open();
    rig.socket.receive({
      type: 'error',
      data: { code: 'RATE_LIMIT_EXCEEDED', message: '', details: { retry_after_ms: 1_000 } },
      correlation_id: rig.socket.of('subscribe')[0]?.correlation_id,
    });
    expect(subscription.state.status).toBe('subscribing');
    await rig.clock.pass(1_100);
    expect(rig.socket.of('subscribe')).toHaveLength(2);
    await rig.subscribed();
    expect([subscription.state.status, rig.errors]).toEqual(['subscribed', []]);
  });

  it('that the server ends fails, with the reason of the server', async () => {
    const { rig, subscription } = await subscribed();
    rig.socket.receive({
      type: 'unsubscribe_response',
      data: { success: true, unsubscribed: ['a', 'b'], reason: 'PERMISSION_DENIED' },
    });
    expect(subscription.state).toMatchObject({ status: 'failed', error: { code: 'PERMISSION_DENIED' } });
    expect(rig.errors).toHaveLength(1);
    expect(subscription.position).toEqual({ epoch: 'e', offset: 10 });
  });

  it('has a new frozen state for each change, and the same one in between', async () => {
    const { rig, subscription } = await subscribed();
    const { state } = subscription;
    rig.at('a', 11);
    expect(subscription.state).toBe(state);
    const statuses: string[] = [];
    subscription.on('status', (next) => statuses.push(next.status));
    rig.client.disconnect();
    subscription.close();
    subscription.close();
    expect([statuses, Object.isFrozen(subscription.state)]).toEqual([['idle', 'closed'], true]);
    await expect(subscription.ready()).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });

  it('is closed by its signal, before or after it begins', async () => {
    const rig = new ClientRig();
    const abort = new AbortController();
    const first = rig.client.subscribe('a', { signal: abort.signal });
    abort.abort();
    const second = rig.client.subscribe('b', { signal: abort.signal });
    await rig.open();
    expect([first.state.status, second.state.status]).toEqual(['closed', 'closed']);
    await rig.clock.pass(251);
    expect(rig.socket.sent).toEqual([]);
    rig.client.disconnect();
    expect(rig.clock.timers).toBe(0);
  });

  it('waits for its turn no longer than it is told to', async () => {
    const rig = new ClientRig();
    const subscription = rig.client.subscribe('a');
    const late = subscription.ready({ timeout: 50 }).catch((error: unknown) => error);
    await rig.clock.pass(50);
    expect(await late).toMatchObject({ code: 'TIMEOUT' });
    await expect(subscription.ready({ signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });

  it('gets joins and leaves where it asked for them, also later', async () => {
    const { rig, log } = await subscribed();
    const seen: unknown[] = [];
    const { subscription } = handle(rig, { joinLeave: true });
    subscription.on('join', (member) => seen.push(['join', member]));
    subscription.on('leave', (member) => seen.push(['leave', member]));
    await settled();
    expect(asked(rig).at(-1)).toEqual({ channel: 'a', join_leave: true });
    await rig.subscribed({ a: position(10) });
    rig.event('a', { user_id: 'bob', info: 1 }, { kind: 'join' });
    rig.event('a', { user_id: 'bob' }, { kind: 'leave' });
    expect(seen).toEqual([
      ['join', { userId: 'bob', info: 1 }],
      ['leave', { userId: 'bob', info: undefined }],
    ]);
    expect(log).toEqual(['new']);
    await again(rig);
    expect(asked(rig)).toEqual([{ channel: 'a', since: { epoch: 'e', offset: 10 }, join_leave: true }]);
  });

  it('opens no connection where its signal has aborted before', async () => {
    const rig = new ClientRig();
    const { subscription } = handle(rig, { signal: AbortSignal.abort() });
    await settled();
    expect([subscription.state.status, rig.sockets]).toEqual(['closed', []]);
  });
});

describe('a listener of a channel', () => {
  it('that subscribes anew when a channel fails is told once of each failure', async () => {
    const rig = new ClientRig();
    let failures = 0;
    const subscribe = (): void => {
      const subscription = rig.client.subscribe('a', {
        onError() {
          failures += 1;
          subscription.close();
          if (failures < 50) subscribe();
        },
      });
    };
    subscribe();
    await rig.open();
    await rig.subscribed({}, [{ channel: 'a', code: 'PERMISSION_DENIED', message: 'No.' }]);
    expect(failures).toBe(1);
    expect(asked(rig)).toHaveLength(2);
  });

  it('that subscribes again at an event gets the events after it, once its handle has begun', async () => {
    const rig = new ClientRig();
    const late: unknown[] = [];
    const first = rig.client.subscribe('a');
    await rig.open();
    await rig.subscribed(HISTORY);
    const stop = first.on('event', () => {
      stop();
      rig.client.subscribe('a', { onReset: ({ reason }) => late.push(reason), onEvent: ({ data }) => late.push(data) });
    });
    rig.at('a', 11);
    rig.at('a', 12);
    expect(late).toEqual(['new', 12]);
    await settled();
    expect(late).toEqual(['new', 12]);
  });

  it('gets each event once by replay where others of the same turn came before its handle had begun', async () => {
    const { rig } = await subscribed();
    const { log } = handle(rig, { replay: { last: 10 } });
    rig.at('a', 11);
    await settled();
    const events = [11, 10].map((offset) => ({ data: offset, metadata: { timestamp: 1, epoch: 'e', offset } }));
    await rig.respond({ status: 'success', result: { events, epoch: 'e', offset: 11 } });
    expect(log).toEqual(['new', 10, 11]);
  });

  it('recovers from what was acknowledged, although an event came in the turn in which it asked for that', async () => {
    const { rig } = await subscribed();
    rig.client.subscribe('a', { since: 'acked' });
    rig.at('a', 11);
    await settled();
    expect(asked(rig).at(-1)).toEqual({ channel: 'a', since: 'acked' });
  });

  it('that closes another handle keeps it from beginning', async () => {
    const rig = new ClientRig();
    const log: string[] = [];
    rig.client.subscribe('a', { onReset: () => other.close() });
    const other = rig.client.subscribe('a', { onReset: () => log.push('begun') });
    await rig.open();
    await rig.subscribed(HISTORY);
    expect([log, other.state.status]).toEqual([[], 'closed']);
  });

  it('that disconnects leaves all handles idle', async () => {
    const rig = new ClientRig();
    const all = [0, 1].map(() => rig.client.subscribe('a', { onReset: () => rig.client.disconnect() }));
    await rig.open();
    await rig.subscribed(HISTORY);
    expect(all.map(({ state }) => state.status)).toEqual(['idle', 'idle']);
    const { rig: later } = await subscribed();
    const late = later.client.subscribe('a', { onReset: () => later.client.disconnect() });
    expect(late.state.status).toBe('subscribing');
    await settled();
    expect(late.state.status).toBe('idle');
  });
});
