import type { AuthHandler, Identity } from '@skreaver/nestjs-ws';
import { describe, expect, it, vi } from 'vitest';
import { SessionDeadlines } from '../../src/auth/index.js';
import { ThrottledLog, WsMetrics } from '../../src/metrics/index.js';
import { Throttler } from '../../src/throttling/index.js';
import { UpgradeHandler } from '../../src/transport/index.js';
import { ClientSocket } from '../../src/transport/socket/client-socket.js';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { startApp, testAuth, type TestApp } from '../support/test-app.js';

const FAULT = 'planted while the connection was opened';

/** Lets one call of a method of the server fail, before or after it has done its work. */
type Plant = (target: object, method: string, when: 'before' | 'after') => void;

const plant: Plant = (target, method, when) => {
  const methods = target as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[method] as (...args: unknown[]) => unknown;
  const spy = vi.spyOn(methods, method).mockImplementation(function (this: unknown, ...args: unknown[]) {
    spy.mockRestore();
    if (when === 'after') Reflect.apply(original, this, args);
    throw new Error(FAULT);
  });
};

/** Nothing is left of whoever failed: its only permit is free, and so is everything kept by connection or by user. */
async function expectNothingLeft({ app, connect, registry }: TestApp, query: string): Promise<void> {
  await vi.waitFor(() => expect(app.get(UpgradeHandler, { strict: false }).size).toBe(0), 20_000);
  expect(registry.list()).toEqual([]);
  expect(registry.ofUser('alice')).toEqual([]);
  expect(registry.getStats()).toMatchObject({ activeConnections: 0, authenticatedConnections: 0 });
  const next = await connect(query);
  expect(registry.list()).toHaveLength(1);
  next.webSocket.terminate();
  await next.closed;
  await vi.waitFor(() => expect(registry.list()).toEqual([]), 20_000);
  expect(app.get(SessionDeadlines)['deadlines'].size).toBe(0);
}

const tokens = { 'a good token': '?token=expires-60000-alice', 'a bad token': '?token=bad', 'no token': '' };

const steps: readonly (readonly [string, (app: TestApp) => object, string, (keyof typeof tokens)[]])[] = [
  ['the connection table', ({ table }) => table, 'add', ['a good token', 'a bad token', 'no token']],
  ['the deadline', ({ app }) => app.get(SessionDeadlines), 'watch', ['a good token', 'a bad token', 'no token']],
  ['the log', ({ app }) => app.get(ThrottledLog), 'event', ['a good token', 'a bad token', 'no token']],
  ['the wider bounds', () => ClientSocket.prototype, 'markAuthenticated', ['a good token']],
  ['the answer', () => ClientSocket.prototype, 'send', ['a good token', 'a bad token']],
  ['the metric', ({ app }) => app.get(WsMetrics), 'errorAnswered', ['a bad token']],
];

const cases = steps.flatMap(([what, target, method, kinds]) =>
  kinds.flatMap((kind) => (['before', 'after'] as const).map((when) => [what, when, kind, target, method] as const)),
);

describe('a connection whose opening fails', () => {
  it.each(cases)('leaves nothing behind at %s, %s it is done, with %s', async (_what, when, kind, target, method) => {
    expectNoProcessFaults();
    const app = await startApp({ ...testAuth, maxConnections: 1 });
    plant(target(app), method, when);
    const client = await app.connect(tokens[kind]);
    expect((await client.closed).code).toBe(1011);
    await expectNothingLeft(app, tokens[kind] === '?token=bad' ? '' : tokens[kind]);
    expect(app.log.of('connection could not be set up')).toHaveLength(1);
  });
});

describe('an upgrade whose refused token cannot be counted', () => {
  it.each(['before', 'after'] as const)('gets 500 and leaves nothing behind, %s it is counted', async (when) => {
    expectNoProcessFaults();
    const app = await startApp({ ...testAuth, maxConnections: 1 });
    plant(app.app.get(Throttler).authenticationFailures, 'take', when);
    await expect(app.connect(tokens['a bad token'])).rejects.toThrow('500');
    await expectNothingLeft(app, '');
    expect(app.log.of('upgrade failed')).toHaveLength(1);
  });
});

/** A date whose time can be read so often, and then throws. */
class ShyDate extends Date {
  private reads = 0;

  override getTime(): number {
    this.reads += 1;
    if (this.reads > 1) throw new Error(FAULT);
    return super.getTime();
  }
}

const odd: Readonly<Record<string, () => string | Identity>> = {
  'a user id over maxBufferedBytes': () => 'a'.repeat(100_000),
  'an expiry that throws': () => ({ userId: 'alice', expiresAt: new ShyDate(Date.now() + 60_000) }),
};

describe('an auth_response that cannot be sent', () => {
  it.each(Object.entries(odd))('leaves no connection counted, for %s', async (_why, identity) => {
    expectNoProcessFaults();
    const app = await startApp({ authHandler: { useFactory: () => handlerOf(identity) }, maxBufferedBytes: 65_536 });
    for (let at = 0; at < 30; at += 1) expect((await (await app.connect('?token=odd')).closed).code).toBe(1011);
    await expectNothingLeft(app, '?token=alice');
  });
});

describe('an identity that returns another user at each reading', () => {
  it('counts as the first user, and is not kept when the connection ends', async () => {
    let reads = 0;
    const changing = () => ({
      get userId(): string {
        reads += 1;
        return `alice-${reads}`;
      },
    });
    const app = await startApp({ authHandler: { useFactory: () => handlerOf(changing) } });
    const client = await app.connect('?token=odd');
    await client.next('auth_response');
    const [connection] = app.registry.list();
    const userId = connection?.userId as string;
    expect(app.registry.ofUser(userId)).toEqual([connection]);
    client.webSocket.terminate();
    await vi.waitFor(() => expect(app.registry.list()).toEqual([]), 20_000);
    expect(app.registry.ofUser(userId)).toEqual([]);
    expect(app.registry.getStats().authenticatedConnections).toBe(0);
  });
});

/** Takes `odd` for the identity, and every other token for the user of that name. */
function handlerOf(identity: () => string | Identity): AuthHandler {
  return { authenticate: (token) => (token === 'odd' ? identity() : token), checkPermission: () => true };
}
