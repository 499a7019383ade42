import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startApp, TestAuthHandler } from '../support/test-app.js';
import { rawUpgrade } from '../support/raw-upgrade.js';
import { refusalOf } from '../support/refusal-of.js';

class SlowAuth extends TestAuthHandler {
  override authenticate(token: string): string {
    const user = super.authenticate(token, {} as never) as string;
    return new Promise((resolve) => setTimeout(() => resolve(user), 150)) as unknown as string;
  }
}

class HangingAuth extends TestAuthHandler {
  override authenticate(): string {
    return new Promise(() => {}) as unknown as string;
  }
}

const subscribe = (channel: string): string => JSON.stringify({ type: 'subscribe', data: { channels: [channel] } });

describe('messages before the token is checked (reliability 0.3)', () => {
  it('in the packet of the upgrade wait for the check, and then run in order as the user', async () => {
    const app = await startApp({ authHandler: { useClass: SlowAuth } });
    const channels = ['private-alice', 'private-bob', 'c'];
    const peer = await rawUpgrade(app.port, '/ws?token=token-alice', channels.map(subscribe));
    const received = await peer.messages(4);
    expect(received.map(({ type }) => type)).toEqual(['auth_response', ...channels.map(() => 'subscribe_response')]);
    expect(received.map(({ data }) => data.success)).toEqual([true, true, false, true]);
  });

  it('are never handled for a peer whose token is refused', async () => {
    const app = await startApp({ authHandler: { useClass: SlowAuth } });
    const peer = await rawUpgrade(app.port, '/ws?token=bad', [subscribe('a')]);
    const received = await peer.messages(1);
    expect(received).toMatchObject([{ type: 'auth_response', data: { success: false } }]);
    await pause(100);
    expect(app.subscriptions.channels()).toEqual([]);
  });

  it('of a stranger are refused one by one, whatever their number', async () => {
    const app = await startApp({ authHandler: { useClass: SlowAuth } });
    const peer = await rawUpgrade(app.port, '/ws', ['a', 'b', 'c'].map(subscribe));
    const codes = (await peer.messages(3)).map(({ data }) => data.code);
    expect(codes).toEqual(['AUTHENTICATION_REQUIRED', 'AUTHENTICATION_REQUIRED', 'AUTHENTICATION_REQUIRED']);
    expect(app.subscriptions.channels()).toEqual([]);
  });
});

describe('a check of the token that hangs (reliability 0.7)', () => {
  it('is 504 at authTimeout, and its place is free again', async () => {
    const app = await startApp({ authTimeout: 150, maxConnections: 1, authHandler: { useClass: HangingAuth } });
    const startedAt = performance.now();
    expect((await refusalOf(app, '?token=x')).status).toBe(504);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await expect(app.connect()).resolves.toBeDefined();
  });

  it('is 503 once maxPendingAuthentications hang, so that they cannot pile up', async () => {
    const app = await startApp({
      authTimeout: 400,
      maxPendingAuthentications: 2,
      authHandler: { useClass: HangingAuth },
    });
    const first = [refusalOf(app, '?token=x'), refusalOf(app, '?token=y')];
    await pause(50);
    expect(await refusalOf(app, '?token=z')).toMatchObject({ status: 503, body: { code: 'RATE_LIMIT_EXCEEDED' } });
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([504, 504]);
  });
});
