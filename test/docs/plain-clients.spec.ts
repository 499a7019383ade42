import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { RunningProcess } from '../support/running-process.js';
import { startApp, testAuth } from '../support/test-app.js';
import { printsWhatIsPublished } from './snippets/prints-what-is-published.js';

const page = readFileSync(new URL('../../docs/guide/plain-clients.md', import.meta.url), 'utf8');

/** The first block of a section. */
function clientOf(section: string, language: string): string {
  const [, rest = ''] = page.split(`## ${section}\n`);
  const [, code] = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(rest) ?? [];
  if (code === undefined) throw new Error(`The section "${section}" has no ${language}`);
  return code;
}

const withUrl = (code: string, url: string): string =>
  code
    .replace('ws://localhost:8080/ws', url)
    .replace("token: 'secret'", "token: 'token-alice'")
    .replace('abc123', 'token-alice');

it('the plain client for browsers authenticates, subscribes and prints what is published', async () => {
  const app = await startApp(testAuth);
  const log = vi.fn<(...args: unknown[]) => void>();
  const script = `${withUrl(clientOf('In a browser', 'js'), app.url)}\nws;`;
  const client = runInNewContext(script, { WebSocket, console: { log } }) as WebSocket;
  onTestFinished(() => client.terminate());
  await printsWhatIsPublished(app, log);
});

it('the plain client for Node prints what is published', async () => {
  const app = await startApp(testAuth);
  const log = vi.fn<(...args: unknown[]) => void>();
  const script = `${withUrl(clientOf('In Node', 'js'), app.url)}\nws;`;
  const client = runInNewContext(script, { WebSocket, console: { log } }) as WebSocket;
  onTestFinished(() => client.terminate());
  await vi.waitUntil(() => app.subscriptions.channels().length > 0, { timeout: 20_000 });
  await app.subscriptions.broadcast('agent-updates', { n: 1 });
  await vi.waitUntil(() => log.mock.calls.length > 0, { timeout: 20_000 });
  expect(log.mock.calls).toEqual([['Event received:', { n: 1 }]]);
});

it('the plain client for Python prints what is published', async () => {
  const app = await startApp(testAuth);
  const code = withUrl(clientOf('In Python', 'python'), app.url);
  const client = new RunningProcess('/usr/bin/python3', ['-u', '-c', code]);
  await vi.waitUntil(() => app.subscriptions.channels().length > 0, { timeout: 20_000 });
  await app.subscriptions.broadcast('agent-updates', { n: 1 });
  await client.prints(/}\n/);
  expect(client.printed).toBe("Event: {'n': 1}\n");
});
