import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../libs/client/src/index.js';
import { startApp, testAuth } from '../support/test-app.js';
import { printsWhatIsPublished } from './snippets/prints-what-is-published.js';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

it('the client of the README, of `@skreaver/client`, subscribes and prints what is published', async () => {
  const [, code = ''] = /^```js\n([^]*?)^```$/m.exec(readme) ?? [];
  const IMPORT = "import { createClient } from '@skreaver/client';";
  expect(code).toContain(IMPORT);
  vi.stubGlobal('WebSocket', WebSocket);
  onTestFinished(() => void vi.unstubAllGlobals());
  const app = await startApp(testAuth);
  const log = vi.fn<(...args: unknown[]) => void>();
  const script = code
    .replace(IMPORT, '')
    .replace('ws://localhost:8080/ws', app.url)
    .replace("token: 'secret'", "token: 'token-alice'");
  const client = runInNewContext(`${script}\nclient;`, { createClient, console: { log } }) as Client;
  onTestFinished(() => client.disconnect());
  await printsWhatIsPublished(app, log);
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
