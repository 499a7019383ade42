import { Injectable, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { MessageBody } from '@nestjs/websockets';
import {
  AuthHandler,
  CloseCode,
  type Identity,
  RequestSignal,
  SkreaverWsModule,
  type SkreaverWsModuleOptions,
  SubscriptionService,
  WsError,
  WsErrorCode,
  WsRequest,
} from '@skreaver/nestjs-ws';
import {
  type AskedPermission,
  RequestError,
  TestAuthHandler,
  connect,
  drain,
  forgetHistory,
} from '@skreaver/nestjs-ws/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PairedBackplanes } from '../contract/paired-backplanes.js';

@Injectable()
class Methods {
  aborted = false;

  @WsRequest('double')
  double(@MessageBody() { of }: { of: number }): number {
    if (of < 0) throw new WsError(WsErrorCode.InvalidParams, 'Too small.', { field: 'of' });
    return of * 2;
  }

  @WsRequest('fail')
  fail(@MessageBody() { message }: { message: string }): never {
    throw new WsError(WsErrorCode.InvalidParams, message);
  }

  @WsRequest('count')
  async *count(
    @MessageBody() { to }: { to: number },
    @RequestSignal() signal: AbortSignal,
  ): AsyncGenerator<number, string> {
    signal.addEventListener('abort', () => (this.aborted = true));
    for (let at = 1; at <= to; at += 1) yield at;
    return 'done';
  }
}

class RefusingHandler extends AuthHandler {
  authenticate(): never {
    throw new Error('no token is known');
  }
  checkPermission(): boolean {
    return false;
  }
}

async function start(
  auth: AuthHandler = new TestAuthHandler(),
  options: SkreaverWsModuleOptions = {},
): Promise<INestApplication> {
  const module = await Test.createTestingModule({
    imports: [SkreaverWsModule.forRoot({ authHandler: { useClass: RefusingHandler }, ...options })],
    providers: [Methods],
  })
    .overrideProvider(AuthHandler)
    .useValue(auth)
    .compile();
  const app = module.createNestApplication();
  onTestFinished(() => app.close());
  await app.init();
  return app;
}

const history = { channels: { 'room:*': { history: { size: 10, ttl: 60_000 } } } };

describe('a client of the testing package', () => {
  it('connects to an application that does not listen yet, and knows who it is', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob' });
    expect(client.userId).toBe('bob');
    expect(client.connectionId).not.toBe('');
  });

  it('gets the events of its channels, and proves that nothing else came', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob' });
    await client.subscribe('news');
    await app.get(SubscriptionService).broadcast('news', { text: 'hello' });
    expect((await client.next('event')).data).toEqual({ text: 'hello' });
    await client.expectNothing();
    await app.get(SubscriptionService).broadcast('news', 2);
    await expect(client.expectNothing()).rejects.toThrow('Expected no message, but got [{"type":"event","data":2');
  });

  it('says which messages came when the one that is expected does not', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob' });
    await client.subscribe('news');
    await app.get(SubscriptionService).broadcast('news', 1);
    await expect(client.next('event', ({ data }) => data === 2, 50)).rejects.toThrow(
      /Expected a message "event": none came within 50 ms. Unread messages: \[\{"type":"event","data":1/,
    );
  });

  it('shows at most 2,000 characters of what it has received in its errors', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob' });
    await client.subscribe('news');
    for (const text of ['first', 'x'.repeat(3000)]) await app.get(SubscriptionService).broadcast('news', text);
    const failures = [
      await client.expectNothing().catch(String),
      await client.next('error', undefined, 0).catch(String),
      await client.request('fail', { message: 'y'.repeat(3000) }).catch(String),
    ];
    for (const failure of failures) {
      expect(failure).toMatch(/[xy]… \(3\d{3} characters\)$/);
      expect(String(failure).length).toBeLessThan(2100);
    }
    expect(failures[0]).toContain('[{"type":"event","data":"first"');
  });

  it('takes the result of a method, and throws its error with code and details', async () => {
    const client = await connect(await start(), { as: 'bob' });
    expect(await client.request<number>('double', { of: 4 })).toBe(8);
    const failure = await client.request('double', { of: -1 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RequestError);
    expect(failure).toMatchObject({
      code: 'INVALID_PARAMS',
      details: { field: 'of' },
      message: 'INVALID_PARAMS: Too small.',
    });
  });

  it('yields the chunks of a stream, and cancels it when the loop ends early', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob' });
    const chunks: unknown[] = [];
    for await (const chunk of client.stream('count', { to: 3 })) chunks.push(chunk);
    expect(chunks).toEqual([1, 2, 3]);
    for await (const chunk of client.stream('count', { to: Number.MAX_SAFE_INTEGER })) if (chunk === 2) break;
    expect(app.get(Methods).aborted).toBe(true);
    await client.expectNothing();
  });

  it('recovers from its last position after its connection was cut', async () => {
    const app = await start(undefined, history);
    const events = app.get(SubscriptionService);
    const first = await connect(app, { as: 'bob' });
    await first.subscribe('room:1');
    await events.broadcast('room:1', 1);
    await first.next('event');
    await first.cut();
    expect((await first.closed).code).toBe(1006);
    await events.broadcast('room:1', 2);
    const second = await connect(app, { as: 'bob' });
    const position = first.positionOf('room:1');
    const { positions } = await second.subscribe({ channel: 'room:1', ...(position && { since: position }) });
    expect(positions?.['room:1']).toMatchObject({ recovered: true });
    expect((await second.next('event')).data).toBe(2);
  });

  it('speaks MessagePack where it offers the subprotocol, bytes included', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob', protocols: ['skreaver.v1.msgpack'] });
    await client.subscribe('audio');
    await app.get(SubscriptionService).broadcast('audio', { bytes: new Uint8Array([1, 2, 255]) });
    expect((await client.next('event')).data).toEqual({ bytes: new Uint8Array([1, 2, 255]) });
    expect(await client.request('double', { of: 4 })).toBe(8);
    await client.expectNothing();
  });

  it('brings its token in a subprotocol', async () => {
    const app = await start();
    const token = Buffer.from(TestAuthHandler.tokenOf('bob')).toString('base64url');
    const client = await connect(app, { protocols: ['skreaver.v1', `bearer.${token}`] });
    await client.next('auth_response');
    expect(client.userId).toBe('bob');
  });

  it('stalls until the server closes it as a slow consumer', async () => {
    const app = await start(undefined, { maxBufferedBytes: 65_536 });
    const client = await connect(app, { as: 'bob' });
    await client.subscribe('news');
    client.stall();
    const events = app.get(SubscriptionService);
    const text = 'x'.repeat(60_000);
    while ((await events.broadcast('news', text)).delivered > 0);
    client.resume();
    expect([CloseCode.SlowConsumer, 1006]).toContain((await client.closed).code);
  });

  it('keeps its own time while the test has fake timers', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    await expect(client.next('event', undefined, 20)).rejects.toThrow('none came within 20 ms');
    await client.expectNothing(5);
  });

  it('is closed with the application, also while it reads nothing', async () => {
    const app = await start(undefined, { shutdownTimeout: 60_000 });
    const [reading, stalled] = await Promise.all([connect(app, { as: 'ann' }), connect(app, { as: 'bob' })]);
    stalled.stall();
    await app.close();
    expect((await reading.closed).code).toBe(CloseCode.ServiceRestart);
    expect((await stalled.closed).code).toBe(1006);
  });
});

describe('drain', () => {
  it('closes all clients for a restart and refuses new ones', async () => {
    const app = await start();
    const client = await connect(app, { as: 'bob' });
    await drain(app);
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    await expect(connect(app, { as: 'bob' })).rejects.toThrow('503');
  });
});

describe('the position of a client', () => {
  it('is where it began before the first event, and recovers all after that', async () => {
    const app = await start(undefined, history);
    const first = await connect(app, { as: 'bob' });
    await app.get(SubscriptionService).broadcast('room:1', 1);
    await first.subscribe('room:1', 'plain');
    await first.cut();
    await app.get(SubscriptionService).broadcast('room:1', 2);
    const second = await connect(app, { as: 'bob' });
    const since = first.positionOf('room:1');
    expect(since).toMatchObject({ offset: 1 });
    expect(first.positionOf('plain')).toBeUndefined();
    await second.subscribe({ channel: 'room:1', ...(since && { since }) });
    expect((await second.next('event')).data).toBe(2);
    await second.expectNothing();
    expect(second.positionOf('room:1')).toMatchObject({ offset: 2 });
  });
});

describe('forgetHistory', () => {
  const published = async (app: INestApplication) => {
    const client = await connect(app, { as: 'bob' });
    await client.subscribe('room:1');
    await app.get(SubscriptionService).broadcast('room:1', 1);
    await client.next('event');
    return client;
  };

  it('has a client told that it cannot recover, whether it missed an event or not', async () => {
    for (const misses of [true, false]) {
      const app = await start(undefined, history);
      const first = await published(app);
      await first.cut();
      if (misses) await app.get(SubscriptionService).broadcast('room:1', 2);
      await forgetHistory(app, 'room:1');
      const second = await connect(app, { as: 'bob' });
      const position = first.positionOf('room:1');
      const { positions } = await second.subscribe({ channel: 'room:1', ...(position && { since: position }) });
      expect(positions?.['room:1']).toMatchObject({ offset: 0, recovered: false });
      expect(positions?.['room:1']?.epoch).not.toBe(position?.epoch);
      await second.expectNothing();
      await app.get(SubscriptionService).broadcast('room:1', 3);
      expect((await second.next('event')).metadata).toMatchObject({ offset: 1, epoch: positions?.['room:1']?.epoch });
    }
  });

  it('forgets what users have acknowledged too, and leaves other channels', async () => {
    const app = await start(undefined, history);
    const first = await published(app);
    await first.subscribe('room:2');
    await app.get(SubscriptionService).broadcast('room:2', 1);
    for (const channel of ['room:1', 'room:2']) first.send({ type: 'ack', data: { channel, offset: 1 } });
    await first.cut();
    await forgetHistory(app, 'room:1');
    const second = await connect(app, { as: 'bob' });
    const { positions } = await second.subscribe(
      ...['room:1', 'room:2'].map((channel) => ({ channel, since: 'acked' as const })),
    );
    expect(positions).toMatchObject({ 'room:1': { recovered: false }, 'room:2': { recovered: true } });
  });

  it('has a subscriber that stays told so at the next event', async () => {
    const app = await start(undefined, history);
    const client = await published(app);
    const before = client.positionOf('room:1');
    await forgetHistory(app, 'room:1');
    await client.expectNothing();
    await app.get(SubscriptionService).broadcast('room:1', 2);
    const { data } = await client.next('subscribe_response');
    expect(data).toMatchObject({ subscribed: ['room:1'], positions: { 'room:1': { recovered: false } } });
    expect(client.positionOf('room:1')).not.toEqual(before);
    await app.get(SubscriptionService).broadcast('room:1', 3);
    expect(await client.next('event', ({ data: value }) => value === 3)).toMatchObject({ metadata: { offset: 2 } });
  });

  it('refuses a channel without history, and a backplane of the application', async () => {
    const app = await start(undefined, history);
    await expect(forgetHistory(app, 'plain')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    const backplane = new PairedBackplanes().member();
    const own = await start(undefined, { ...history, backplane: { useFactory: () => backplane } });
    await expect(forgetHistory(own, 'room:1')).rejects.toThrow('needs the MemoryBackplane');
  });
});

describe('TestAuthHandler', () => {
  it('decides permissions by the identity, with the fields of the application', async () => {
    const seen: AskedPermission[] = [];
    const auth = new TestAuthHandler((asked) => {
      seen.push(asked);
      return (asked.identity as Identity & { roles: string[] }).roles.includes('admin');
    });
    const app = await start(auth);
    const admin = await connect(app, { as: { userId: 'ann', roles: ['admin'] } as Identity });
    const guest = await connect(app, { as: { userId: 'bob', roles: [] } as Identity });
    expect(await admin.subscribe('audit')).toMatchObject({ success: true });
    expect(await guest.subscribe('audit')).toMatchObject({ failed: [{ channel: 'audit', code: 'PERMISSION_DENIED' }] });
    expect(seen.map(({ action }) => action)).toEqual(['subscribe', 'subscribe']);
  });

  it('ends a session at the expiry of its identity', async () => {
    const app = await start(undefined, { expiryGrace: 0 });
    const client = await connect(app, { as: { userId: 'bob', expiresAt: new Date(Date.now() + 100) } });
    expect((await client.closed).code).toBe(CloseCode.SessionExpired);
  });

  it('refuses a token that is no identity', async () => {
    await expect(connect(await start(), { token: 'nonsense' })).rejects.toThrow('AUTHENTICATION_FAILED');
  });

  it('does not run in production', () => {
    vi.stubEnv('NODE_ENV', 'production');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => new TestAuthHandler()).toThrow('does not run in production');
  });

  it('is what the option `as` needs', async () => {
    await expect(connect(await start(new RefusingHandler()), { as: 'bob' })).rejects.toThrow(
      'overrideProvider(AuthHandler).useValue(new TestAuthHandler())',
    );
  });
});
