import { describe, expect, it } from 'vitest';
import { startApp, TestAuthHandler } from '../../support/test-app.js';

/** Holds every permission check until it is released. */
class HoldingAuth extends TestAuthHandler {
  private static waiting: (() => void)[] = [];
  private static isOpen = false;

  override async checkPermission(): Promise<boolean> {
    if (!HoldingAuth.isOpen) await new Promise<void>((resolve) => HoldingAuth.waiting.push(resolve));
    return true;
  }

  static get asked(): number {
    return HoldingAuth.waiting.length;
  }

  static hold(): void {
    HoldingAuth.isOpen = false;
    HoldingAuth.waiting = [];
  }

  static release(): void {
    HoldingAuth.isOpen = true;
    for (const wake of HoldingAuth.waiting) wake();
  }
}

describe('more messages than bufferSize', () => {
  it('pause the reading of the socket, and none is lost once the handler is done', async () => {
    HoldingAuth.hold();
    const app = await startApp({ bufferSize: 10, authHandler: { useClass: HoldingAuth } });
    const client = await app.connect('?token=token-alice', { perMessageDeflate: false });
    client.send({ type: 'subscribe', correlation_id: 'held', data: { channels: ['a'] } });
    await expect.poll(() => HoldingAuth.asked).toBe(1);
    const padding = 'p'.repeat(30_000);
    const total = 1000;
    for (let at = 0; at < total; at += 1) {
      client.send({ type: 'ping', correlation_id: `p${at}`, metadata: { padding } });
    }
    await expect.poll(() => settledBacklog(client.webSocket), { timeout: 20_000 }).toBeGreaterThan(1_000_000);
    const { messagesReceived } = app.registry.getStats();
    expect(messagesReceived).toBeLessThan(30);
    HoldingAuth.release();
    await client.settle();
    const ids = client.received.flatMap(({ type, correlation_id }) => (type === 'pong' ? [correlation_id] : []));
    expect(ids.slice(0, total)).toEqual(Array.from({ length: total }, (_value, at) => `p${at}`));
  });

  it('from one client do not delay the others', async () => {
    HoldingAuth.hold();
    const app = await startApp({ bufferSize: 10, authHandler: { useClass: HoldingAuth } });
    const [busy, other] = [await app.connect('?token=token-alice'), await app.connect('?token=token-bob')];
    busy.send({ type: 'subscribe', data: { channels: ['a'] } });
    for (let at = 0; at < 100; at += 1) busy.send({ type: 'ping' });
    expect((await other.ask({ type: 'ping' })).type).toBe('pong');
    HoldingAuth.release();
    await busy.settle();
  });
});

let last = -1;

/** What the client cannot get rid of, once it stops shrinking; 0 until then. */
function settledBacklog({ bufferedAmount }: { bufferedAmount: number }): number {
  const hasSettled = bufferedAmount === last;
  last = bufferedAmount;
  return hasSettled ? bufferedAmount : 0;
}
