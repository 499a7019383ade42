import type { Position } from '@skreaver/protocol';
import { describe, expect, it, vi } from 'vitest';
import { LossyBackplane } from '../../support/backplane/lossy-backplane.js';
import { encodings, speak } from '../../support/encodings.js';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { LatchedBackplane } from '../../support/latched-backplane.js';
import { KEPT, earlier, eventsOf, offsetsOf, range, subscribe } from '../../support/recover.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';

/** Publishes 1, 2, … so that data and offset are the same number. Returns the position of the last. */
async function publish({ subscriptions }: TestApp, first: number, last: number, channel = 'kept'): Promise<Position> {
  let at: Position = { epoch: '', offset: 0 };
  for (const n of range(first, last)) {
    const { epoch = '', offset = 0 } = await subscriptions.broadcast(channel, n);
    at = { epoch, offset };
  }
  return at;
}

describe.each(encodings)('subscribe_response, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('has the position of each channel with history, and no positions key where there is none', async () => {
    const app = await startApp(KEPT);
    const client = await app.connect();
    const { epoch } = await publish(app, 1, 3);
    expect((await subscribe(client, 'kept', 'plain', 'kept-2')).positions).toEqual({
      kept: { epoch, offset: 3, recovered: false },
      'kept-2': { epoch: expect.any(String), offset: 0, recovered: false },
    });
    expect(await subscribe(client, 'other')).toEqual({ success: true, subscribed: ['other'] });
  });

  it('has no position of a channel without history, even where the client sent one', async () => {
    const client = await (await startApp(KEPT)).connect();
    const answer = await subscribe(client, { channel: 'plain', since: { epoch: 'e', offset: 4 } });
    expect(answer).toEqual({ success: true, subscribed: ['plain'] });
  });

  it('has the position of a channel with any valid name', async () => {
    const app = await startApp({ channels: { '*': { history: { size: 10, ttl: 60_000 } } } });
    // The library of the client takes no such key in MessagePack.
    const client = await app.connect('', { protocols: [] });
    const { positions = {} } = await subscribe(client, '__proto__', 'constructor');
    expect(Object.entries(positions).map(([name, { offset }]) => [name, offset])).toEqual([
      ['__proto__', 0],
      ['constructor', 0],
    ]);
  });

  it('comes first, then the missed events, and then the new ones', async () => {
    const app = await startApp(KEPT);
    const top = await publish(app, 1, 5);
    const client = await app.connect();
    const { positions } = await subscribe(client, { channel: 'kept', since: earlier(top, 3) }, 'plain');
    await Promise.all([publish(app, 6, 6), app.subscriptions.broadcast('plain', 'live')]);
    await client.settle();
    expect(positions).toEqual({ kept: { ...top, recovered: true } });
    expect(client.received.map(({ type }) => type).slice(0, 6)).toEqual([
      'auth_response',
      'subscribe_response',
      ...Array.from({ length: 4 }, () => 'event'),
    ]);
    expect(eventsOf(client)).toEqual([3, 4, 5, 6]);
    expect(offsetsOf(client)).toEqual([3, 4, 5, 6]);
  });
});

describe.each(encodings)('a recovery, which is all or nothing,, in %s', (_encoding, protocols) => {
  speak(protocols);

  const comeBack = async (since: (top: Position) => Position, size = 100) => {
    const app = await startApp({ channels: { kept: { history: { size, ttl: 600_000 } } } });
    const top = await publish(app, 1, 10);
    const client = await app.connect();
    const { positions } = await subscribe(client, { channel: 'kept', since: since(top) });
    await publish(app, 11, 11);
    await client.settle();
    return { recovered: positions?.['kept']?.recovered, position: positions?.['kept'], top, events: eventsOf(client) };
  };

  it('succeeds from the beginning of the channel', async () => {
    expect(await comeBack((top) => ({ ...top, offset: 0 }))).toMatchObject({ recovered: true, events: range(1, 11) });
  });

  it('succeeds where nothing was missed', async () => {
    expect(await comeBack((top) => top)).toMatchObject({ recovered: true, events: [11] });
  });

  it('succeeds from the position before the oldest kept event', async () => {
    expect(await comeBack((top) => earlier(top, 4), 4)).toMatchObject({ recovered: true, events: range(7, 11) });
  });

  it.each([
    ['one that it missed is gone', (top: Position) => earlier(top, 5)],
    ['the epoch is another', (top: Position) => ({ ...earlier(top, 1), epoch: 'other' })],
    ['the offset is one that never was', (top: Position) => earlier(top, -1)],
  ])('fails and continues at the present position where %s', async (_why, since) => {
    const { recovered, events, position, top } = await comeBack(since, 4);
    expect({ recovered, events }).toEqual({ recovered: false, events: [11] });
    expect(position).toEqual({ ...top, recovered: false });
  });

  it('succeeds when all events have expired but none was missed', async () => {
    const app = await startApp({ channels: { kept: { history: { size: 10, ttl: 1 } } } });
    const top = await publish(app, 1, 3);
    const { events } = await app.subscriptions.history('kept');
    expect(events.length).toBeLessThanOrEqual(3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await app.subscriptions.history('kept')).events).toEqual([]);
    const client = await app.connect();
    const { positions } = await subscribe(client, { channel: 'kept', since: top });
    expect(positions?.['kept']).toEqual({ ...top, recovered: true });
  });
});

describe.each(encodings)('the seam between missed and new events, in %s', (_encoding, protocols) => {
  speak(protocols);

  const startGated = async () => {
    const backplane = new LatchedBackplane();
    const auth = new LatchedAuthHandler();
    const app = await startApp({ ...KEPT, ...backplane.source, ...auth.source });
    const top = await publish(app, 1, 4);
    const client = await app.connect('?token=token-ann');
    return { app, backplane, auth, top, client };
  };
  const gates = ['permission', 'opening', 'reading', 'answering'] as const;

  it.each(gates)('neither loses nor repeats what is published before the end of: %s', async (where) => {
    const { app, backplane, auth, top, client } = await startGated();
    const gate = where === 'permission' ? auth.permissions : backplane[where];
    gate.close();
    const answer = subscribe(client, { channel: 'kept', since: earlier(top, 2) });
    await gate.reached();
    await publish(app, 5, 7);
    gate.open();
    const { positions } = await answer;
    await publish(app, 8, 9);
    await client.settle();
    expect(positions?.['kept']).toMatchObject({ offset: 7, recovered: true });
    expect(offsetsOf(client)).toEqual(range(3, 9));
  });

  it.each(gates)('is gapless for a subscriber without a recovery, from its position on: %s', async (where) => {
    const { app, backplane, auth, client } = await startGated();
    const gate = where === 'permission' ? auth.permissions : backplane[where];
    gate.close();
    const answer = subscribe(client, 'kept');
    await gate.reached();
    await publish(app, 5, 7);
    gate.open();
    const { positions } = await answer;
    await publish(app, 8, 9);
    await client.settle();
    expect(positions?.['kept']).toMatchObject({ offset: 7, recovered: false });
    expect(offsetsOf(client)).toEqual([8, 9]);
  });

  it('is gapless even when the events held during the recovery overflow', async () => {
    const backplane = new LatchedBackplane();
    const app = await startApp({ ...KEPT, ...backplane.source, broadcastBufferSize: 4 });
    const top = await publish(app, 1, 4);
    const client = await app.connect();
    backplane.answering.close();
    const answer = subscribe(client, { channel: 'kept', since: earlier(top, 3) });
    await backplane.answering.reached();
    await publish(app, 5, 30);
    backplane.answering.open();
    expect((await answer).positions?.['kept']).toMatchObject({ offset: 30, recovered: true });
    while (eventsOf(client).length < 29) await client.next('event');
    await client.settle();
    expect(offsetsOf(client)).toEqual(range(2, 30));
  });
});

describe.each(encodings)('a recovery that is larger than the buffer of a socket, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each([
    ['events', { broadcastBufferSize: 10 }, 1],
    ['bytes', { maxBufferedBytes: 65_536 }, 10_000],
  ])('comes in portions and complete, with a limit of %s', async (_what, options, size) => {
    const app = await startApp({ ...options, channels: { kept: { history: { size: 1000, ttl: 600_000 } } } });
    const events = range(1, 500).map((n) => ({ n, padding: 'x'.repeat(size) }));
    const [first] = await app.subscriptions.broadcastMany(events.map((data) => ({ channel: 'kept', data })));
    const { epoch = '' } = first as Partial<Position>;
    const client = await app.connect();
    const { positions } = await subscribe(client, { channel: 'kept', since: { epoch, offset: 0 } });
    expect(positions?.['kept']).toEqual({ epoch, offset: 500, recovered: true });
    // While it is still under way, more is published.
    for (const n of range(501, 540)) {
      await app.subscriptions.broadcast('kept', { n });
      await client.next('event');
    }
    while (eventsOf(client).length < 540) await client.next('event');
    await client.settle();
    expect(offsetsOf(client)).toEqual(range(1, 540));
  });
});

describe.each(encodings)('since: "acked", in %s', (_encoding, protocols) => {
  speak(protocols);

  const startAcked = async () => {
    const app = await startApp({ ...KEPT, ...testAuth });
    const { epoch } = await publish(app, 1, 3);
    const ann = await app.connect('?token=token-ann');
    await subscribe(ann, 'kept');
    await publish(app, 4, 8);
    const comeBack = async (user = 'ann') => {
      const client = await app.connect(`?token=token-${user}`);
      const { positions } = await subscribe(client, { channel: 'kept', since: 'acked' });
      await client.settle();
      return { offset: positions?.['kept']?.offset, recovered: positions?.['kept']?.recovered, got: offsetsOf(client) };
    };
    const ack = async (channel: string, offset: number) => {
      ann.send({ type: 'ack', data: { channel, offset } });
      await ann.settle();
    };
    return { app, ann, ack, comeBack, epoch };
  };

  it('recovers from the last position that the user acknowledged on any connection', async () => {
    const { ack, comeBack } = await startAcked();
    await ack('kept', 6);
    expect(await comeBack()).toEqual({ offset: 8, recovered: true, got: [7, 8] });
    await ack('kept', 5);
    expect(await comeBack()).toEqual({ offset: 8, recovered: true, got: [7, 8] });
    await ack('kept', 8);
    expect(await comeBack()).toEqual({ offset: 8, recovered: true, got: [] });
  });

  it('continues at the present position for a user who never acknowledged', async () => {
    const { ack, comeBack } = await startAcked();
    expect(await comeBack()).toEqual({ offset: 8, recovered: false, got: [] });
    await ack('kept', 6);
    expect(await comeBack('bob')).toEqual({ offset: 8, recovered: false, got: [] });
  });

  it('ignores acks beyond the channel, and of channels that the connection is not subscribed to', async () => {
    const { app, ann, ack, comeBack } = await startAcked();
    await ack('kept', 9);
    await ack('kept-2', 1);
    await ack('plain', 1);
    await ack('no channel', 1);
    void app.subscriptions.unsubscribe(app.registry.list()[0]?.id ?? '', ['kept']);
    await ack('kept', 6);
    expect(await comeBack()).toMatchObject({ recovered: false });
    expect(ann.received.some(({ type }) => type === 'error')).toBe(false);
  });
});

describe.each(encodings)('a second subscribe, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('with a position recovers nothing, repeats nothing, and returns the position of the channel', async () => {
    const app = await startApp(KEPT);
    const client = await app.connect();
    await subscribe(client, 'kept');
    const top = await publish(app, 1, 4);
    const { positions } = await subscribe(client, { channel: 'kept', since: earlier(top, 3) });
    expect(positions?.['kept']).toEqual({ ...top, recovered: false });
    await publish(app, 5, 5);
    await client.settle();
    expect(eventsOf(client)).toEqual(range(1, 5));
  });

  it('after an unsubscribe recovers the events in between', async () => {
    const app = await startApp(KEPT);
    const client = await app.connect();
    await subscribe(client, 'kept');
    const top = await publish(app, 1, 2);
    await client.ask({ type: 'unsubscribe', data: { channels: ['kept'] } });
    await publish(app, 3, 5);
    const { positions } = await subscribe(client, { channel: 'kept', since: top });
    await client.settle();
    expect(positions?.['kept']).toMatchObject({ offset: 5, recovered: true });
    expect(eventsOf(client)).toEqual(range(1, 5));
  });
});

describe.each(encodings)('a node that has missed events of a channel, in %s', (_encoding, protocols) => {
  speak(protocols);

  const startBehind = async (size = 100) => {
    const backplane = new LossyBackplane();
    const app = await startApp({ channels: { 'kept*': { history: { size, ttl: 60_000 } } }, ...backplane.source });
    const [client, other] = [await app.connect(), await app.connect()];
    await subscribe(client, 'kept');
    await subscribe(other, 'kept-2');
    await publish(app, 1, 2);
    backplane.isDeaf = true;
    await publish(app, 3, 5);
    backplane.isDeaf = false;
    return { backplane, app, client, other };
  };
  it('delivers them late, in order and once, and closes nobody', async () => {
    const { app, client, other } = await startBehind();
    await publish(app, 6, 7);
    await vi.waitUntil(() => eventsOf(client).length >= 7, 20_000);
    expect(eventsOf(client)).toEqual(range(1, 7));
    for (const each of [client, other]) await each.settle();
  });

  it.each([
    ['events that are not kept any more', 2, undefined],
    ['another epoch', 100, { publications: [], top: { epoch: 'other', offset: 9 } }],
  ])(
    'tells its subscribers by an unasked response that the position is lost, after %s',
    async (_what, size, instead) => {
      const { backplane, app, client, other } = await startBehind(size);
      backplane.instead = instead;
      const top = await publish(app, 6, 6);
      const notice = await client.next('subscribe_response');
      expect(notice).toEqual({
        type: 'subscribe_response',
        data: {
          success: true,
          subscribed: ['kept'],
          positions: { kept: { ...(instead?.top ?? top), recovered: false } },
        },
      });
      expect(eventsOf(client)).toEqual([1, 2]);
      for (const each of [client, other]) await each.settle();
    },
  );

  it('goes on with the event after the position that it told', async () => {
    const { app, client } = await startBehind(2);
    const told = await publish(app, 6, 6);
    await client.next('subscribe_response');
    await publish(app, 7, 7);
    await client.settle();
    expect(eventsOf(client)).toEqual([1, 2, 7]);
    expect(offsetsOf(client).at(-1)).toBe(told.offset + 1);
  });

  it('delivers an event once that the backplane delivers twice', async () => {
    const { backplane, app, client } = await startBehind();
    const top = await publish(app, 6, 6);
    await vi.waitUntil(() => eventsOf(client).length >= 6, 20_000);
    for (const back of [0, 1]) {
      const again = { ...top, offset: top.offset - back };
      backplane.link.deliver({ channel: 'kept', dataJson: '0', timestamp: 0, position: again, kind: undefined });
    }
    await client.settle();
    expect(eventsOf(client)).toEqual(range(1, 6));
  });
});

describe.each(encodings)('a channel that the backplane cannot open or read, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each([
    ['opened', 'kept'],
    ['read', { channel: 'kept', since: { epoch: 'e', offset: 0 } }],
  ])('fails alone with INTERNAL_ERROR and leaves nothing behind, when it is %s', async (_what, request) => {
    const backplane = new LatchedBackplane();
    const app = await startApp({ ...KEPT, ...backplane.source });
    const client = await app.connect();
    if (typeof request === 'object') await subscribe(await app.connect(), 'kept');
    backplane.broken.add('kept');
    const answer = await subscribe(client, request, 'kept-2');
    expect(answer).toMatchObject({
      success: false,
      subscribed: ['kept-2'],
      failed: [{ channel: 'kept', code: 'INTERNAL_ERROR' }],
      positions: { 'kept-2': { offset: 0 } },
    });
    await publish(app, 1, 1);
    await client.settle();
    expect(eventsOf(client)).toEqual([]);
    backplane.broken.clear();
    expect(await subscribe(client, 'kept')).toMatchObject({ success: true, positions: { kept: { offset: 1 } } });
  });
});
