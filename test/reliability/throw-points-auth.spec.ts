import { AuthHandler } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { INSIDE, thrown } from '../support/hostile-values.js';
import { expectAlive } from '../support/internal-error.js';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { startApp } from '../support/test-app.js';

const ANSWERS: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a number': () => 42,
  'an empty object': () => ({}),
  'an empty string': () => '',
  'an id that is no string': () => ({ userId: 7 }),
  'an expiry that is no date': () => ({ userId: 'alice', expiresAt: 'tomorrow' }),
  'an invalid date': () => ({ userId: 'alice', expiresAt: new Date(Number.NaN) }),
  'an object with a getter that throws': () => ({
    get userId(): string {
      throw new Error(INSIDE);
    },
  }),
};

const ways: [string, () => unknown][] = [
  ...Object.entries(ANSWERS).map(([what, make]): [string, () => unknown] => [`answers ${what}`, make]),
  ...Object.entries(thrown).flatMap(([what, make]): [string, () => unknown][] => [
    [
      `throws ${what}`,
      () => {
        throw make();
      },
    ],
    [`rejects with ${what}`, () => Promise.reject(make())],
  ]),
];

/** An `AuthHandler` that knows `good` and does for everything else what it is told. */
function handlerThat(hostile: () => unknown): { useFactory: () => AuthHandler } {
  class Hostile extends AuthHandler {
    override authenticate(token: string): string {
      return token === 'good' ? 'alice' : (hostile() as string);
    }

    override checkPermission(_user: string, channel: string): boolean {
      return channel === 'allowed' ? true : (hostile() as boolean);
    }
  }
  return { useFactory: () => new Hostile() };
}

describe.each(ways)('an AuthHandler that %s', (_what, hostile) => {
  it('refuses the token, keeps no permit, denies the permission, and harms no other client', async () => {
    expectNoProcessFaults();
    const app = await startApp({ maxConnections: 3, authHandler: handlerThat(hostile) });
    const canary = await app.connect('?token=good');
    const byUrl = await app.connect('?token=hostile');
    expect((await byUrl.closed).code).toBe(4500);
    const byMessage = await app.connect();
    expect(await byMessage.ask({ type: 'auth', data: { token: 'hostile' } })).toMatchObject({
      data: { success: false, error: { code: 'AUTHENTICATION_FAILED' } },
    });
    const refused = await canary.subscribe('allowed', 'hostile');
    expect(refused.data).toMatchObject({
      success: false,
      subscribed: ['allowed'],
      failed: [{ channel: 'hostile', code: 'PERMISSION_DENIED' }],
    });
    await expectAlive(canary);
    await expectAlive(byMessage);
    for (const { received } of [canary, byUrl, byMessage]) expect(JSON.stringify(received)).not.toContain(INSIDE);
    expect((await app.connect('?token=good')).received.length).toBeLessThanOrEqual(1);
  });
});

describe('an AuthHandler that hangs', () => {
  it('denies the permission at authTimeout; the connection lives', async () => {
    expectNoProcessFaults();
    const app = await startApp({ authTimeout: 100, authHandler: handlerThat(() => new Promise(() => {})) });
    const canary = await app.connect('?token=good');
    expect((await canary.subscribe('hostile')).data).toMatchObject({ failed: [{ code: 'PERMISSION_DENIED' }] });
    await expectAlive(canary);
  });
});
