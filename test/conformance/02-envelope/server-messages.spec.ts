import { decodeServerMessage } from '@skreaver/protocol';
import { expect, it } from 'vitest';
import { startApp, testAuth } from '../../support/test-app.js';

it('every message of the server can be decoded by the protocol library', async () => {
  const app = await startApp(testAuth);
  const client = await app.connect('?token=token-alice');
  await client.subscribe('a', 'not good');
  await client.request('subscriptions');
  await client.request('nobody');
  await app.subscriptions.broadcast('a', { any: ['thing'] });
  await client.ask({ type: 'unsubscribe', data: { channels: ['a'] } });
  await client.ask({ type: 'unknown' });
  expect(client.received.length).toBe(7);
  for (const message of client.received) expect(decodeServerMessage(JSON.stringify(message)).ok).toBe(true);
});
