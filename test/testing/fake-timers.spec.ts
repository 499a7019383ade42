import { Injectable, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AuthHandler,
  CloseCode,
  SkreaverWsModule,
  type SkreaverWsModuleOptions,
  SubscriptionService,
  WsRequest,
} from '@skreaver/nestjs-ws';
import { type ConnectOptions, TestAuthHandler, type TestClient, connect } from '@skreaver/nestjs-ws/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const HOUR = 3_600_000;

@Injectable()
class Methods {
  constructor(private readonly subscriptions: SubscriptionService) {}

  @WsRequest('never')
  never(): Promise<never> {
    return new Promise(() => {});
  }

  @WsRequest('remind')
  remind(): void {
    setTimeout(() => void this.subscriptions.broadcast('news', 'reminder'), 60_000);
  }
}

const fakeTimers = (): void => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
};

async function start(options: SkreaverWsModuleOptions = {}): Promise<INestApplication> {
  const module = await Test.createTestingModule({
    imports: [SkreaverWsModule.forRoot({ authHandler: { useClass: TestAuthHandler }, ...options })],
    providers: [Methods],
  })
    .overrideProvider(AuthHandler)
    .useValue(new TestAuthHandler())
    .compile();
  const app = module.createNestApplication();
  onTestFinished(() => app.close());
  await app.init();
  return app;
}

const advanceTimers = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const enter = (app: INestApplication, as: ConnectOptions['as'] & {} = 'bob'): Promise<TestClient> =>
  connect(app, { as, advanceTimers });

async function onFakeTimers(options: SkreaverWsModuleOptions = {}): Promise<INestApplication> {
  fakeTimers();
  return start(options);
}

describe('on the fake timers of a test framework', () => {
  it('expectNothing lets an hour pass in no time, and all clients of the application answer its pings', async () => {
    const app = await onFakeTimers();
    const [ann, bob] = [await enter(app, 'ann'), await connect(app, { as: 'bob' })];
    const before = Date.now();
    await ann.expectNothing(HOUR);
    expect(Date.now() - before).toBe(HOUR);
    for (const client of [ann, bob]) {
      expect(client.received.filter(({ type }) => type === 'ping').length).toBeGreaterThanOrEqual(119);
    }
    await bob.expectNothing();
  });

  it('expectNothing sees what a timer of the application sends within its time', async () => {
    const app = await onFakeTimers();
    const client = await enter(app);
    await client.subscribe('news');
    await client.request('remind');
    await client.expectNothing(59_000);
    await expect(client.expectNothing(1000)).rejects.toThrow('Expected no message, but got [{"type":"event"');
    await client.next('event');
  });

  it('a request runs into its timeout', async () => {
    const client = await enter(await onFakeTimers());
    client.send({ type: 'request', data: { method: 'never', timeout: 30_000 }, correlation_id: 'r' });
    await client.expectNothing(29_000);
    await client.passTime(1100);
    expect((await client.next('response')).data).toMatchObject({ error: { code: 'REQUEST_TIMEOUT' } });
  });

  it('a question to a client runs into its timeout', async () => {
    const app = await onFakeTimers();
    const client = await enter(app);
    const answer = app
      .get(SubscriptionService)
      .ask({ connection: client.connectionId }, 'well?', { timeout: 60_000 })
      .catch((error: unknown) => error);
    await client.next('event');
    await client.passTime(61_000);
    expect(await answer).toMatchObject({ code: 'REQUEST_TIMEOUT' });
  });

  it('a member leaves after presenceLeaveDelay', async () => {
    const app = await onFakeTimers({ channels: { room: { presence: true, joinLeave: true } } });
    const [ann, bob] = [await enter(app, 'ann'), await enter(app)];
    await ann.subscribe({ channel: 'room', join_leave: true });
    await bob.subscribe('room');
    await ann.next('event', ({ metadata }) => metadata?.kind === 'join');
    await bob.cut();
    await ann.passTime(4000);
    expect(ann.received.filter((message) => message.type === 'event' && message.metadata?.kind === 'leave')).toEqual(
      [],
    );
    await ann.passTime(1100);
    await ann.next('event', ({ metadata }) => metadata?.kind === 'leave');
  });

  it('events are forgotten after history.ttl', async () => {
    const app = await onFakeTimers({ channels: { room: { history: { size: 10, ttl: HOUR } } } });
    const client = await enter(app);
    const events = app.get(SubscriptionService);
    await events.broadcast('room', 1);
    await client.passTime(HOUR - 1000);
    expect((await events.history('room')).events).toHaveLength(1);
    await client.passTime(1000);
    expect((await events.history('room')).events).toEqual([]);
  });

  it('a session expires, and the rest of the time passes', async () => {
    const app = await onFakeTimers({ expiryGrace: 0 });
    const client = await enter(app, { userId: 'bob', expiresAt: new Date(Date.now() + HOUR) });
    await client.expectNothing(HOUR - 1000);
    await client.passTime(60_000);
    expect((await client.closed).code).toBe(CloseCode.SessionExpired);
  });

  it('a client that stalls is closed for its missing pong', async () => {
    const app = await onFakeTimers();
    const [ann, bob] = [await enter(app, 'ann'), await enter(app)];
    bob.stall();
    await ann.passTime(41_000);
    bob.resume();
    expect([CloseCode.PongTimeout, 1006]).toContain((await bob.closed).code);
    await ann.expectNothing();
  });

  it('a wait for a message takes real time', async () => {
    const client = await enter(await onFakeTimers());
    await expect(client.next('event', undefined, 20)).rejects.toThrow('none came within 20 ms');
  });

  it('an application that was created before them is said not to follow', async () => {
    const app = await start();
    fakeTimers();
    const client = await enter(app);
    await expect(client.passTime(1000)).rejects.toThrow('Install them before the application is created');
  });
});
