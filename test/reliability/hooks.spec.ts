import { Injectable, Scope } from '@nestjs/common';
import {
  type ConnectEvent,
  type DisconnectEvent,
  OnConnect,
  OnDisconnect,
  OnSubscribe,
  OnUnsubscribe,
  type SubscriptionEvent,
} from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { ConnectionHooks } from '../../src/hooks/index.js';
import { startApp, testAuth } from '../support/test-app.js';

@Injectable()
class Diary {
  readonly lines: string[] = [];

  @OnConnect()
  connected({ identity, connection }: ConnectEvent): void {
    this.lines.push(`connect ${identity.userId} ${connection.subscriptions.length}`);
  }

  @OnSubscribe()
  async subscribed({ channel }: SubscriptionEvent): Promise<void> {
    await Promise.resolve();
    this.lines.push(`subscribe ${channel}`);
  }

  @OnUnsubscribe()
  unsubscribed({ channel, identity }: SubscriptionEvent): void {
    this.lines.push(`unsubscribe ${channel} ${identity.userId}`);
  }

  @OnDisconnect()
  disconnected({ identity, code, reason, connection }: DisconnectEvent): void {
    this.lines.push(`disconnect ${identity.userId} ${code} ${reason} ${connection.isClosed}`);
  }
}

/** Hooks that wait until the test lets them go on. */
@Injectable()
class Held {
  calls = 0;
  go: () => void = () => {};
  private readonly held = new Promise<void>((resolve) => (this.go = resolve));

  @OnSubscribe()
  @OnUnsubscribe()
  @OnDisconnect()
  async hold(): Promise<void> {
    this.calls += 1;
    await this.held;
  }
}

@Injectable()
class Broken {
  @OnConnect()
  fail(): never {
    throw new Error('connect failed');
  }

  @OnSubscribe()
  async reject(): Promise<void> {
    throw new Error('subscribe failed');
  }
}

describe('hooks of the application', () => {
  it('are called in the order of what happened, from the first identity to the end, and know who it was', async () => {
    const { app, connect } = await startApp(testAuth, { providers: [Diary] });
    const { lines } = app.get(Diary);
    const client = await connect();
    await client.settle();
    expect(lines).toEqual([]);
    client.send({ type: 'auth', data: { token: 'token-ann' }, correlation_id: 'a' });
    await client.next('auth_response');
    await client.subscribe('a', 'private-bob', 'b');
    client.send({ type: 'unsubscribe', data: { channels: ['a', 'never'] }, correlation_id: 'u' });
    await client.next('unsubscribe_response');
    client.webSocket.close(1000);
    await expect
      .poll(() => lines)
      .toEqual([
        'connect ann 0',
        'subscribe a',
        'subscribe b',
        'unsubscribe a ann',
        'unsubscribe b ann',
        'disconnect ann 1000 NORMAL true',
      ]);
  });

  it('are not called for a connection that never had an identity', async () => {
    const { app, connect, registry } = await startApp(testAuth, { providers: [Diary] });
    const client = await connect('?token=wrong');
    await client.closed;
    await expect.poll(() => registry.list()).toEqual([]);
    expect(app.get(Diary).lines).toEqual([]);
  });

  it('end nothing by what they throw: it is logged with the connection and the method', async () => {
    const { connect, log, registry } = await startApp({}, { providers: [Broken, Diary] });
    const client = await connect();
    expect((await client.subscribe('a')).data.success).toBe(true);
    await expect.poll(() => log.text()).toContain('Broken.fail');
    expect(log.text()).toContain(registry.list()[0]?.id);
    await client.settle();
  });

  it('stop the start where their provider is request-scoped', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @OnConnect()
      note(): void {}
    }
    await expect(startApp({}, { providers: [Scoped] })).rejects.toThrow(
      /^@OnConnect\(\) stands on Scoped\.note, a request-scoped or transient provider/,
    );
  });
});

describe('slow hooks', () => {
  it('have the next messages of a client wait while 64 calls do, and lose none of them', async () => {
    const { app, connect, table } = await startApp({ maxMessageSize: 65_536 }, { providers: [Held] });
    const [client, other] = [await connect(), await connect()];
    for (let at = 0; at < 100; at += 1) {
      client.send({ type: 'subscribe', data: { channels: ['a'] }, correlation_id: `s${at}` });
      client.send({ type: 'unsubscribe', data: { channels: ['a'] }, correlation_id: `u${at}` });
    }
    // One call runs and 64 wait: 33 subscribes have been answered, and no unsubscribe of the last one.
    for (let at = 0; at < 33; at += 1)
      expect(await client.next('subscribe_response')).toMatchObject({ correlation_id: `s${at}` });
    await other.settle();
    expect(app.get(Held).calls).toBe(1);
    expect(table.list()).toHaveLength(2);
    app.get(Held).go();
    for (let at = 33; at < 100; at += 1) await client.next('subscribe_response');
    await expect.poll(() => app.get(Held).calls).toBe(200);
  });

  it('keep the place of their connection until they are done, so that coming and going leaves none behind', async () => {
    const { app, connect, registry } = await startApp({ maxConnectionsPerIp: 1 }, { providers: [Held] });
    const client = await connect();
    client.webSocket.close(1000);
    await expect.poll(() => [registry.list().length, app.get(Held).calls]).toEqual([0, 1]);
    await expect(connect()).rejects.toThrow('429');
    app.get(Held).go();
    await expect
      .poll(() =>
        connect().then(
          () => 'open',
          () => 'refused',
        ),
      )
      .toBe('open');
  });

  it('are waited for by a shutdown', async () => {
    const { app, connect } = await startApp({ shutdownTimeout: 5000 }, { providers: [Held] });
    const client = await connect();
    const held = app.get(Held);
    let isClosed = false;
    const closing = app.close().then(() => (isClosed = true));
    expect((await client.closed).code).toBe(1012);
    await expect.poll(() => held.calls).toBe(1);
    expect(isClosed).toBe(false);
    held.go();
    await closing;
  });
});

@Injectable()
class Endless {
  @OnConnect()
  hang(): Promise<never> {
    return new Promise(() => {});
  }
}

describe('hooks that never end', () => {
  it('let a storm of reconnects take no more than the places of its address, and nobody else wait', async () => {
    const { app, connect, table } = await startApp(
      { maxConnectionsPerIp: 2, shutdownTimeout: 200 },
      { providers: [Endless] },
    );
    const hooks = app.get(ConnectionHooks, { strict: false });
    const attempts = Array.from({ length: 60 }, () => connect('', { localAddress: '127.0.0.2' }));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.webSocket.terminate();
    await expect.poll(() => table.list()).toEqual([]);
    await expect(connect('', { localAddress: '127.0.0.2' })).rejects.toThrow('429');
    expect(hooks.size).toBe(2);
    const other = await connect('', { localAddress: '127.0.0.3' });
    expect((await other.subscribe('a')).data.success).toBe(true);
    await other.settle();
  });

  it('do not keep a shutdown beyond its deadline', async () => {
    const { app, connect } = await startApp({ shutdownTimeout: 200 }, { providers: [Endless] });
    const client = await connect();
    await client.settle();
    const begun = performance.now();
    await app.close();
    expect((await client.closed).code).toBe(1012);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
