import { describe, expect, it, vi } from 'vitest';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { RawClient } from '../../support/raw-client.js';
import { messageFrame, upgradeHead } from '../../support/raw-frames.js';
import { startApp, testAuth } from '../../support/test-app.js';

const KIB = 1024;
/** What one read of a socket may bring beyond the bound, and what ws holds of the read before. */
const READS = 2 * 64 * KIB;

const early = [
  { type: 'subscribe', data: { channels: ['private-alice'] }, correlation_id: '1' },
  { type: 'ping', correlation_id: '2' },
  { type: 'unsubscribe', data: { channels: ['other'] }, correlation_id: '3' },
  { type: 'subscribe', data: { channels: ['private-bob'] }, correlation_id: '4' },
  { type: 'ping', correlation_id: '5' },
];

describe('messages in the same segment as the upgrade', () => {
  it('wait for the check of the token, and are handled in order as its user', async () => {
    const auth = new LatchedAuthHandler();
    auth.tokens.close();
    const app = await startApp(auth.source);
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target: '/ws?token=token-alice' }), ...early.map(messageFrame));
    await auth.tokens.reached();
    expect(app.registry.getStats().messagesReceived).toBe(0);
    auth.tokens.open();
    expect((await client.httpAnswer()).status).toBe(101);
    expect(await client.message()).toMatchObject({ type: 'auth_response', data: { user_id: 'alice' } });
    const answers = [];
    for (const _message of early) answers.push(await client.message());
    expect(answers.map(({ correlation_id }) => correlation_id)).toEqual(['1', '2', '3', '4', '5']);
    expect(answers[0]?.data).toEqual({ success: true, subscribed: ['private-alice'] });
    expect(answers[3]?.data).toMatchObject({ success: false, failed: [{ code: 'PERMISSION_DENIED' }] });
  });

  it('are never handled when the token is refused', async () => {
    const auth = new LatchedAuthHandler();
    const app = await startApp(auth.source);
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target: '/ws?token=bad' }), ...early.map(messageFrame));
    await client.httpAnswer();
    expect(await client.message()).toMatchObject({ type: 'auth_response', data: { success: false } });
    expect(await client.closeCode()).toBe(4500);
    expect(auth.asked).toEqual([]);
    expect(app.subscriptions.channels()).toEqual([]);
  });

  it('are refused one by one where the upgrade had no token', async () => {
    const app = await startApp(testAuth);
    const client = await RawClient.open(app.port);
    const subscribes = early.filter(({ type }) => type === 'subscribe');
    client.write(upgradeHead(), ...subscribes.map(messageFrame));
    await client.httpAnswer();
    for (const { correlation_id } of subscribes) {
      expect(await client.message()).toMatchObject({ correlation_id, data: { code: 'AUTHENTICATION_REQUIRED' } });
    }
    expect(app.subscriptions.channels()).toEqual([]);
  });
});

it('a connection reads no more than the bound while an auth is checked, and loses nothing', async () => {
  const auth = new LatchedAuthHandler();
  const app = await startApp(auth.source);
  // Uncompressed, so that the client's own compression does not hold its messages back.
  const client = await app.connect('', { perMessageDeflate: false });
  auth.tokens.close();
  client.send({ type: 'auth', data: { token: 'token-alice' } });
  await auth.tokens.reached();
  const COUNT = 1000;
  for (let at = 0; at < COUNT; at += 1) {
    client.send({ type: 'ping', correlation_id: `${at}`, metadata: { fill: 'x'.repeat(4 * KIB) } });
  }
  const received = (): number => app.registry.getStats().messagesReceived;
  await vi.waitUntil(() => received() > 1, { timeout: 20_000 });
  // Others are served meanwhile; each round trip is a turn in which the server could have read more.
  const other = await app.connect();
  for (let turn = 0; turn < 50; turn += 1) await other.settle();
  const pending = received() - 1 - 50;
  expect(pending).toBeGreaterThan(0);
  expect(pending * 4 * KIB).toBeLessThanOrEqual(64 * KIB + READS);
  auth.tokens.open();
  const pongs: unknown[] = [];
  while (pongs.length < COUNT) pongs.push((await client.next('pong')).correlation_id);
  expect(pongs).toEqual(Array.from({ length: COUNT }, (_, at) => `${at}`));
});
