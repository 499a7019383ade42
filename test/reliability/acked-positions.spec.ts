import { Backplane } from '@skreaver/nestjs-ws';
import { expect, it } from 'vitest';
import { countUpTo } from '../support/event-values.js';
import { startApp, testAuth } from '../support/test-app.js';
import type { TestClient } from '../support/test-client.js';

const NAMES = 50;
const CHANNELS = { 'kept*': { history: { size: 1000, ttl: 600_000 } } } as const;
/** So that a few rounds fill what they fill by default in 90 seconds. */
const historyMaxBytes = 1_000_000;

/** Subscribes to fifty names, acknowledges their beginning, and unsubscribes: within the rates, 52 messages. */
async function round(client: TestClient, from: number): Promise<void> {
  const channels = countUpTo(NAMES).map((at) => `kept-${from + at}`);
  client.send({ type: 'subscribe', data: { channels } });
  for (const channel of channels) client.send({ type: 'ack', data: { channel, offset: 0 } });
  await client.ask({ type: 'unsubscribe', data: { channels } });
}

it('acknowledged positions are kept though nine connections acknowledge as many channel names as they can', async () => {
  const app = await startApp({ channels: CHANNELS, historyMaxBytes, ...testAuth });
  const backplane = app.app.get(Backplane);
  const ann = await app.connect('?token=token-ann');
  await ann.subscribe('kept', 'kept-quiet');
  for (const data of [1, 2, 3]) await app.subscriptions.broadcast('kept', data);
  ann.send({ type: 'ack', data: { channel: 'kept', offset: 2 } });
  ann.send({ type: 'ack', data: { channel: 'kept-quiet', offset: 0 } });
  await ann.settle();
  ann.webSocket.terminate();
  const attackers = await Promise.all(countUpTo(9).map(() => app.connect('?token=token-mallory')));
  for (let at = 0; at < 12; at += 1) {
    await Promise.all(attackers.map((client, who) => round(client, (at * 9 + who) * NAMES)));
  }
  expect((await backplane.acknowledged('kept', 'ann'))?.offset).toBe(2);
  const back = await app.connect('?token=token-ann');
  await back.ask({ type: 'subscribe', data: { channels: [{ channel: 'kept', since: 'acked' }] } });
  expect((await back.next('event')).data).toBe(3);
});
