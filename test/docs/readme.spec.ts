import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, testAuth } from '../support/test-app.js';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

it('the browser client of the README authenticates, subscribes and prints what is published', async () => {
  const [, code = ''] = /^```js\n([^]*?)^```$/m.exec(readme) ?? [];
  const app = await startApp(testAuth);
  const log = vi.fn<(...args: unknown[]) => void>();
  const script = code.replace('ws://localhost:8080/ws', app.url).replace("token: 'secret'", "token: 'token-alice'");
  const client = runInNewContext(
    `${script}
ws;`,
    { WebSocket, console: { log } },
  ) as WebSocket;
  onTestFinished(() => client.terminate());
  await vi.waitUntil(() => app.subscriptions.channels().length > 0, { timeout: 20_000 });
  const status = { agent_id: 'agent-123', status: 'running' };
  await app.subscriptions.broadcast('agent-updates', status);
  await vi.waitUntil(() => log.mock.calls.length > 0, { timeout: 20_000 });
  expect(log.mock.calls).toEqual([['agent-updates', status]]);
});

it('the event that the README shows is what a subscriber of its channel receives', async () => {
  const [, shown = ''] = /^```json\n([^]*?)^```$/m.exec(readme) ?? [];
  const app = await startApp(testAuth);
  const client = await app.connect('?token=token-alice');
  client.send({ type: 'subscribe', data: { channels: ['agent-updates'] } });
  await client.next('subscribe_response');
  const event = JSON.parse(shown) as { data: unknown; metadata: { timestamp: number } };
  await app.subscriptions.broadcast('agent-updates', event.data);
  const received = await client.next('event');
  expect(received).toEqual({ ...event, metadata: { ...event.metadata, timestamp: received.metadata?.timestamp } });
});
