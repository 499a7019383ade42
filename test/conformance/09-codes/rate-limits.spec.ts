import { CloseCode, parseCloseReason } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const errorCodes = (client: TestClient): string[] =>
  client.received.flatMap((message) => (message.type === 'error' ? [message.data.code] : []));

describe('the message rate', () => {
  it('refuses the message after the burst with RATE_LIMIT_EXCEEDED and retry_after_ms, and keeps the connection', async () => {
    const app = await startApp({ messageRate: 2, messageBurst: 5 });
    const client = await app.connect();
    for (let at = 0; at < 5; at += 1) expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    const refusal = await client.ask({ type: 'ping' });
    expect(refusal).toMatchObject({ type: 'error', data: { code: 'RATE_LIMIT_EXCEEDED' } });
    const wait = (refusal as { data: { details: { retry_after_ms: number } } }).data.details.retry_after_ms;
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(500);
    await new Promise((resolve) => setTimeout(resolve, wait + 20));
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
  });

  it('closes a client that keeps flooding with 4003 and a time to return', async () => {
    const app = await startApp({ messageRate: 1, messageBurst: 5 });
    const client = await app.connect();
    for (let at = 0; at < 100; at += 1) client.send({ type: 'ping' });
    const { code, reason } = await client.closed;
    expect(code).toBe(CloseCode.RateLimitExceeded);
    expect(parseCloseReason(reason).retryAfterMs).toBeGreaterThan(0);
    expect(errorCodes(client).length).toBeGreaterThanOrEqual(5);
    expect(client.received.filter(({ type }) => type === 'pong').length).toBe(5);
  });

  it('is counted for each connection by itself', async () => {
    const app = await startApp({ messageRate: 1, messageBurst: 5 });
    const [flooder, other] = [await app.connect(), await app.connect()];
    for (let at = 0; at < 100; at += 1) flooder.send({ type: 'ping' });
    expect((await other.ask({ type: 'ping' })).type).toBe('pong');
    await flooder.closed;
  });
});

describe('invalid messages', () => {
  it('are answered nine times in ten seconds, and the tenth closes the connection with 4504', async () => {
    const app = await startApp();
    const client = await app.connect();
    for (let at = 0; at < 9; at += 1) client.send('{"type":');
    await client.settle();
    expect(errorCodes(client)).toEqual(Array.from({ length: 9 }, () => 'INVALID_MESSAGE'));
    client.send('[]');
    const { code, reason } = await client.closed;
    expect({ code, reason }).toEqual({ code: CloseCode.InvalidMessage, reason: 'INVALID_MESSAGE' });
  });
});

describe('control frames', () => {
  it('are answered for twenty pings at once, and one more closes the connection with 4003', async () => {
    const app = await startApp();
    const client = await app.connect();
    let pongs = 0;
    client.webSocket.on('pong', () => (pongs += 1));
    for (let at = 0; at < 20; at += 1) client.webSocket.ping();
    await client.settle();
    await expect.poll(() => pongs).toBe(20);
    client.webSocket.ping();
    expect((await client.closed).code).toBe(CloseCode.RateLimitExceeded);
  });

  it('include unsolicited pongs in that limit', async () => {
    const app = await startApp();
    const client = await app.connect();
    for (let at = 0; at < 21; at += 1) client.webSocket.pong();
    expect((await client.closed).code).toBe(CloseCode.RateLimitExceeded);
  });
});

describe('subscriptions', () => {
  it('are limited to maxSubscriptionsPerConnection of a connection, and one more fails alone', async () => {
    const app = await startApp({ maxSubscriptionsPerConnection: 3 });
    const client = await app.connect();
    expect((await client.subscribe('a', 'b', 'c')).data).toEqual({ success: true, subscribed: ['a', 'b', 'c'] });
    expect((await client.subscribe('a', 'd')).data).toMatchObject({
      success: false,
      subscribed: ['a'],
      failed: [{ channel: 'd', code: 'SUBSCRIPTION_LIMIT_EXCEEDED' }],
    });
    await client.ask({ type: 'unsubscribe', data: { channels: ['a'] } });
    expect((await client.subscribe('d')).data.success).toBe(true);
  });

  it('are limited to maxSubscribersPerChannel of a channel, and one more fails until somebody leaves', async () => {
    const app = await startApp({ maxSubscribersPerChannel: 2 });
    const [first, second, third] = [await app.connect(), await app.connect(), await app.connect()];
    await first.subscribe('a');
    await second.subscribe('a');
    expect((await third.subscribe('a', 'b')).data).toMatchObject({
      success: false,
      subscribed: ['b'],
      failed: [{ channel: 'a', code: 'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED' }],
    });
    first.webSocket.terminate();
    await expect.poll(() => app.registry.list().length).toBe(2);
    expect((await third.subscribe('a')).data.success).toBe(true);
    expect((await app.subscriptions.broadcast('a', 1)).delivered).toBe(2);
  });
});
