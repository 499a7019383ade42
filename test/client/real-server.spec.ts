import { Injectable } from '@nestjs/common';
import {
  type ChannelEvent,
  type Client,
  type ClientOptions,
  type Clock,
  PASS,
  type Question,
  type SkreaverError,
  createClient,
} from '../../libs/client/src/index.js';
import { MessageBody } from '@nestjs/websockets';
import { WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';

@Injectable()
class Methods {
  @WsRequest('double')
  double(@MessageBody('n') n: number): number {
    return n * 2;
  }

  @WsRequest('forever')
  forever(): Promise<never> {
    return new Promise(() => {});
  }

  @WsRequest('count')
  async *count(@MessageBody('to') to: number): AsyncGenerator<number, { counted: number }> {
    for (let n = 1; n <= to; n += 1) yield n;
    return { counted: to };
  }
}

const within = { timeout: 20_000, interval: 5 };
const until = (look: () => void | Promise<void>): Promise<void> => vi.waitFor(look, within);

const start = (): Promise<TestApp> =>
  startApp(
    {
      ...testAuth,
      presenceLeaveDelay: 20,
      channels: {
        'news*': { history: { size: 100, ttl: 60_000 }, clientPublish: true, presence: true, joinLeave: true },
        'private-*': { history: { size: 100, ttl: 60_000 } },
      },
    },
    { providers: [Methods] },
  );

const clientOf = (app: TestApp, user: string, options: Partial<ClientOptions> = {}): Client => {
  const client = createClient({ url: app.url, token: `token-${user}`, WebSocket: CuttableSocket, ...options });
  onTestFinished(() => client[Symbol.dispose]());
  return client;
};

const sockets = new Set<WebSocket>();

class CuttableSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols);
    sockets.add(this);
    this.on('close', () => sockets.delete(this));
  }
}

/** Cuts all connections without a close frame, as a network does. */
const cut = (): void => {
  for (const socket of sockets) socket.terminate();
};

const subscribers = (app: TestApp, channel: string): number =>
  app.subscriptions.channels().find((count) => count.channel === channel)?.subscribers ?? 0;

describe('a client of a real server', () => {
  it('connects with its token and says who it is', async () => {
    const client = clientOf(await start(), 'alice');
    expect(client.state).toEqual({ status: 'idle' });
    await client.ready();
    expect(client.state).toMatchObject({ status: 'connected', userId: 'alice', connectionId: expect.any(String) });
  });

  it('connects without a token where the server asks for none', async () => {
    const app = await startApp();
    const client = createClient({ url: app.url, WebSocket });
    onTestFinished(() => client[Symbol.dispose]());
    await client.ready();
    const events: unknown[] = [];
    await client.subscribe('open', { onEvent: ({ data }) => events.push(data) }).ready();
    await app.subscriptions.broadcast('open', 1);
    await until(() => expect(events).toEqual([1]));
  });

  it('asks once for another token when one is refused, and stops when that is refused too', async () => {
    const app = await start();
    const reasons: string[] = [];
    const getToken = ({ reason }: { reason: string }): string => {
      reasons.push(reason);
      return reasons.length === 1 ? 'token-alice' : 'wrong';
    };
    const client = clientOf(app, 'x', { token: 'wrong', getToken });
    const { channel } = client.subscribe('news');
    await client.ready();
    expect(reasons).toEqual(['refused']);
    await until(() => expect(subscribers(app, channel)).toBe(1));
    client.disconnect();
    client.setToken('wrong');
    client.connect();
    await expect(client.ready()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(client.state.status).toBe('stopped');
  });

  it('gets the events of a channel in order, by handlers and by iteration', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    const seen: unknown[] = [];
    const subscription = client.subscribe('news', { onEvent: ({ data }) => seen.push(data) });
    const other = client.subscribe('news');
    await subscription.ready();
    for (const n of [1, 2, 3]) await app.subscriptions.broadcast('news', n);
    const iterated: unknown[] = [];
    const reading = (async () => {
      for await (const { data } of other) {
        iterated.push(data);
        if (data === 5) break;
      }
    })();
    await app.subscriptions.broadcast('news', 4);
    await app.subscriptions.broadcast('news', 5);
    await reading;
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(iterated.at(-1)).toBe(5);
    expect(other.state.status).toBe('closed');
  });

  it('recovers what it missed while its connection was cut, each event once', async () => {
    const app = await start();
    const client = clientOf(app, 'alice', { reconnect: { firstWindow: 200 } });
    const seen: ChannelEvent[] = [];
    const resets: string[] = [];
    const subscription = client.subscribe('news', {
      onEvent: (event) => seen.push(event),
      onReset: ({ reason }) => resets.push(reason),
    });
    await subscription.ready();
    await app.subscriptions.broadcast('news', 1);
    await until(() => expect(seen).toHaveLength(1));
    cut();
    await until(() => expect(client.state.status).toBe('waiting'));
    for (const n of [2, 3, 4]) await app.subscriptions.broadcast('news', n);
    await until(() => expect(seen).toHaveLength(4));
    await app.subscriptions.broadcast('news', 5);
    await until(() => expect(seen).toHaveLength(5));
    expect(seen.map(({ data }) => data)).toEqual([1, 2, 3, 4, 5]);
    expect(seen.map(({ recovered }) => recovered)).toEqual([false, true, true, true, false]);
    expect(resets).toEqual(['new']);
  });

  it('says that it could not recover, and loads its state before the events that follow', async () => {
    const app = await start();
    const client = clientOf(app, 'alice', { reconnect: { firstWindow: 200 } });
    const log: unknown[] = [];
    let version = 0;
    const subscription = client.subscribe('news', {
      onEvent: ({ data }) => log.push(data),
      onReset: ({ reason }) => log.push(reason),
      onState: (state) => log.push(state),
      load: async () => {
        version += 1;
        const state = `state ${version}`;
        await app.subscriptions.broadcast('news', `during ${version}`);
        const { epoch, offset } = await app.subscriptions.history('news', { limit: 1 });
        return version === 1 ? { state } : { state, position: { epoch, offset } };
      },
    });
    await subscription.ready();
    await until(() => expect(log).toEqual(['new', 'state 1', 'during 1']));
    cut();
    await app.subscriptions.broadcast('news', 'missed');
    await app.subscriptions.clearHistory('news');
    await until(() => expect(log.slice(3)).toEqual(['unrecovered', 'state 2']));
    await app.subscriptions.broadcast('news', 'after');
    await until(() => expect(log.slice(5)).toEqual(['after']));
  });

  it('begins with the last events of the channel by replay, also for a second handle', async () => {
    const app = await start();
    for (const n of [1, 2, 3]) await app.subscriptions.broadcast('news', n);
    const client = clientOf(app, 'alice');
    const first: unknown[] = [];
    await client.subscribe('news', { onEvent: ({ data }) => first.push(data), replay: { last: 2 } }).ready();
    await until(() => expect(first).toEqual([2, 3]));
    const second: unknown[] = [];
    const { position } = client.subscribe('news', { onEvent: ({ data }) => second.push(data), replay: { last: 3 } });
    expect(position).toBeUndefined();
    await app.subscriptions.broadcast('news', 4);
    await until(() => expect([first, second]).toEqual([[2, 3, 4], [1, 2, 3, 4].slice(-second.length)]));
    expect(second.length).toBeGreaterThanOrEqual(3);
  });

  it('goes on after a stored position, also where another handle is already further', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    const first: unknown[] = [];
    const subscription = client.subscribe('news', { onEvent: ({ data }) => first.push(data) });
    await subscription.ready();
    for (const n of [1, 2, 3]) await app.subscriptions.broadcast('news', n);
    await until(() => expect(first).toEqual([1, 2, 3]));
    const since = { epoch: subscription.position?.epoch as string, offset: 1 };
    const second: unknown[] = [];
    client.subscribe('news', { onEvent: ({ data }) => second.push(data), since });
    await until(() => expect(second).toEqual([2, 3]));
    await app.subscriptions.broadcast('news', 4);
    await until(() =>
      expect([first, second]).toEqual([
        [1, 2, 3, 4],
        [2, 3, 4],
      ]),
    );
  });

  it('tells why a channel is refused, and leaves the others alone', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    const good = client.subscribe('news');
    const errors: string[] = [];
    const bad = client.subscribe('private-bob', { onError: ({ code }) => errors.push(code) });
    await expect(bad.ready()).rejects.toMatchObject({ channel: 'private-bob', code: 'PERMISSION_DENIED' });
    await good.ready();
    expect(errors).toEqual(['PERMISSION_DENIED']);
    expect(bad.state).toMatchObject({ status: 'failed', error: { code: 'PERMISSION_DENIED' } });
  });

  it('subscribes once for any number of handles, and leaves when the last one has been closed for a while', async () => {
    const app = await start();
    const sent: string[] = [];
    const client = clientOf(app, 'alice', { linger: 20 });
    client.on('frame', ({ direction, text }) => direction === 'out' && sent.push(JSON.parse(text).type as string));
    const handles = [1, 2, 3].map(() => client.subscribe('news'));
    await handles[0]?.ready();
    handles.forEach((handle) => handle.close());
    const again = client.subscribe('news');
    await again.ready();
    again.close();
    await until(() => expect(subscribers(app, 'news')).toBe(0));
    expect(sent.filter((type) => type.includes('subscribe'))).toEqual(['subscribe', 'unsubscribe']);
  });

  it('calls methods, and gets errors with the code of the server', async () => {
    const client = clientOf(await start(), 'alice');
    await expect(client.request('double', { n: 21 })).resolves.toBe(42);
    await expect(client.request('triple')).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
    await expect(client.request('forever', {}, { timeout: 50 })).rejects.toMatchObject({
      code: expect.stringMatching('TIMEOUT'),
    });
    const abort = new AbortController();
    const pending = client.request('forever', {}, { signal: abort.signal });
    abort.abort(new Error('not needed'));
    await expect(pending).rejects.toThrow('not needed');
  });

  it('rejects a request in flight when the connection is lost, and says that it was sent', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    await client.ready();
    const pending = client.request('forever');
    await client.request('double', { n: 1 });
    cut();
    await expect(pending).rejects.toMatchObject({ sent: true, closeCode: 1006 });
  });

  it('streams a result chunk by chunk, and cancels it when the reader leaves', async () => {
    const client = clientOf(await start(), 'alice');
    const stream = client.stream('count', { to: 5 });
    const chunks: unknown[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual([1, 2, 3, 4, 5]);
    await expect(stream.result).resolves.toEqual({ counted: 5 });
    const endless = client.stream('count', { to: 2_000_000 });
    for await (const chunk of client.stream('count', { to: 1_000_000 })) if (chunk === 3) break;
    endless.cancel(new Error('enough'));
    await expect(endless.result).rejects.toThrow('enough');
  });

  it('publishes, and reads the history', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    await expect(client.publish('news', { n: 1 })).resolves.toMatchObject({ offset: 1 });
    await client.publish('news', { n: 2 }, { idempotencyKey: 'same' });
    await expect(client.publish('news', { n: 3 }, { idempotencyKey: 'same' })).resolves.toMatchObject({
      duplicate: true,
    });
    const { events, position } = await client.history('news');
    expect(events.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(events.at(-1)?.position).toEqual(position);
    expect(events[0]?.metadata.from).toEqual({ user_id: 'alice' });
  });

  it('publishes as fast as the server says that it takes messages', async () => {
    const client = clientOf(await start(), 'alice');
    await client.ready();
    for (let round = 1; round <= 5; round += 1) {
      const published = await Promise.all(Array.from({ length: 200 }, (_, n) => client.publish('news', n)));
      expect(published.at(-1)).toMatchObject({ offset: round * 200 });
    }
  });

  it('consumes at least once: goes on after what was acknowledged, in another client too', async () => {
    const app = await start();
    const first = clientOf(app, 'alice');
    const handled: unknown[] = [];
    const consumer = first.consume('news', ({ data }) => void handled.push(data), { ackEvery: { events: 1 } });
    await until(() => expect(subscribers(app, 'news')).toBe(1));
    for (const n of [1, 2, 3]) await app.subscriptions.broadcast('news', n);
    await until(() => expect(handled).toEqual([1, 2, 3]));
    await consumer.close();
    await first.request('ping'); // the acks have been taken
    first.disconnect();
    for (const n of [4, 5]) await app.subscriptions.broadcast('news', n);
    const second = clientOf(app, 'alice');
    let failures = 0;
    const worker = second.consume(
      'news',
      ({ data }) => {
        if (data === 4 && (failures += 1) < 3) throw new Error('not yet');
        handled.push(data);
      },
      { onError: () => 'retry' },
    );
    await until(() => expect(handled).toEqual([1, 2, 3, 4, 5]));
    expect(failures).toBe(3);
    await worker.close();
  });

  it('stops consuming at an error, and says which', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    const consumer = client.consume('news', () => Promise.reject(new Error('broken')));
    await until(() => expect(subscribers(app, 'news')).toBe(1));
    await app.subscriptions.broadcast('news', 1);
    await expect(consumer.done).rejects.toThrow('broken');
  });

  it('answers questions by the first handler that does not pass', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    const asked: Question[] = [];
    client.answer((question) => {
      asked.push(question);
      return PASS;
    });
    client.answer(({ data }) => ({ approved: data }));
    await client.ready();
    await expect(app.subscriptions.ask({ user: 'alice' }, 'deploy')).resolves.toEqual({ approved: 'deploy' });
    expect(asked[0]?.data).toBe('deploy');
  });

  it('keeps the members of a channel up to date', async () => {
    const app = await start();
    const alice = clientOf(app, 'alice');
    const members = alice.members('news');
    const names = (): string[] => members.getSnapshot().members.map(({ userId }) => userId);
    await until(() => expect(names()).toEqual(['alice']));
    const snapshot = members.getSnapshot();
    expect(members.getSnapshot()).toBe(snapshot);
    const bob = clientOf(app, 'bob');
    await bob.subscribe('news').ready();
    await until(() => expect(names()).toEqual(['alice', 'bob']));
    bob.disconnect();
    await until(() => expect(names()).toEqual(['alice']));
    members.close();
  });

  it('gets events that are sent to it alone', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    const direct: unknown[] = [];
    client.on('direct', ({ data }) => direct.push(data));
    await client.ready();
    await app.subscriptions.sendToUser('alice', 'hello');
    await until(() => expect(direct).toEqual(['hello']));
  });

  it('renews a token that ends soon, while the connection goes on', async () => {
    const app = await start();
    const reasons: string[] = [];
    const getToken = ({ reason }: { reason: string }): string => {
      reasons.push(reason);
      return reason === 'expiring' ? 'token-alice' : 'expires-400-alice';
    };
    const client = createClient({ url: app.url, WebSocket, getToken });
    onTestFinished(() => client[Symbol.dispose]());
    await client.ready();
    const { connectionId } = client.state as { connectionId: string };
    await until(() => expect(reasons).toEqual(['connect', 'expiring']));
    await client.request('ping');
    expect(client.state).toMatchObject({ status: 'connected', connectionId });
  });

  it('plans to renew its token in the last minute of the time that the server tells', async () => {
    const app = await start();
    const delays: number[] = [];
    const clock: Clock = {
      now: () => Date.now(),
      setTimeout: (run, ms) => {
        delays.push(ms);
        return setTimeout(run, ms);
      },
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
    };
    const client = createClient({ url: app.url, WebSocket, getToken: () => 'expires-3600000-alice', clock });
    onTestFinished(() => client[Symbol.dispose]());
    await client.ready();
    expect(delays.filter((ms) => ms > 3_500_000 && ms < 3_600_000)).toHaveLength(1);
  });

  it('stops at a verdict of the server, and starts again only when it is told to', async () => {
    const app = await start();
    const client = clientOf(app, 'alice');
    await client.ready();
    await app.subscriptions.disconnectUser('alice');
    await until(() => expect(client.state.status).toBe('stopped'));
    const { error } = client.state as { error: SkreaverError };
    expect(error).toMatchObject({ code: 'FORCED_DISCONNECT', closeCode: 4505 });
    client.wake();
    await expect(client.request('ping')).rejects.toBe(error);
    client.connect();
    await client.ready();
  });
});
