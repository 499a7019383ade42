import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningProcess } from '../support/running-process.js';
import { startApp } from '../support/test-app.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const PATIENCE = { timeout: 20_000, interval: 20 };

interface Client {
  readonly language: string;
  readonly file: string;
  readonly run: (script: string) => RunningProcess;
  /** What turns its compression on: a text of the recipe, and what stands there instead. */
  readonly compression: readonly [string, string];
}

const clients: Readonly<Record<string, Client>> = {
  Tornado: {
    language: 'python',
    file: 'tornado-client.py',
    run: (script) => new RunningProcess('/usr/bin/python3', ['-u', '-c', script]),
    compression: ['websocket_connect(url)', 'websocket_connect(url, compression_options={})'],
  },
  Mojolicious: {
    language: 'perl',
    file: 'mojolicious-client.pl',
    run: (script) => new RunningProcess('/usr/bin/perl', ['-e', `$| = 1; ${script}`]),
    compression: ["/ws' => sub", "/ws' => {'Sec-WebSocket-Extensions' => 'permessage-deflate'} => sub"],
  },
};

describe.each(Object.entries(clients))('the recipe for %s', (_name, { language, file, run, compression }) => {
  const recipe = read(`./recipes/${file}`);

  async function subscribed(script: string) {
    const app = await startApp({ pingInterval: 500, pongTimeout: 450 });
    const client = run(script.replace('localhost:8080', `127.0.0.1:${app.port}`));
    await expect.poll(() => app.registry.getStats().messagesReceived, PATIENCE).toBeGreaterThan(0);
    return { ...app, client };
  }

  it('is the one that is tested here', () => {
    expect(recipe.split('localhost:8080').length).toBe(2);
    expect(read('../../docs/guide/recipes.md')).toContain(`\`\`\`${language}\n# ${file}\n${recipe}\`\`\``);
  });

  it('connects, answers pings and gets events, as it does not offer compression', async () => {
    const { client, registry, subscriptions, log } = await subscribed(recipe);
    await expect.poll(() => registry.getStats().messagesReceived, PATIENCE).toBeGreaterThan(3);
    await subscriptions.broadcast('agent-updates', { status: 'running' });
    await client.prints(/'?running/);
    expect(log.of('connection closed')).toEqual([]);
  });

  it('is needed: with compression, the second message is closed with 1007', async () => {
    expect(recipe.split(compression[0]).length).toBe(2);
    const { log } = await subscribed(recipe.replace(...compression));
    await expect.poll(() => log.of('connection closed'), PATIENCE).toMatchObject([{ code: 1007 }]);
  });
});

describe('the recipe for libwebsockets', () => {
  const source = new URL('./recipes/libwebsockets-client.c', import.meta.url).pathname;
  const folder = mkdtempSync(join(tmpdir(), 'libwebsockets-'));
  const program = join(folder, 'client');

  beforeAll(() => {
    execFileSync('gcc', ['-o', program, source, '-lwebsockets']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function subscribed(...offer: string[]) {
    const app = await startApp();
    const client = new RunningProcess(program, [String(app.port), ...offer]);
    await client.prints(/auth_response/);
    return { ...app, client };
  }

  it('is the one that is tested here', () => {
    const [, line = 'none'] = /^```c\n(.*)\n```$/m.exec(read('../../docs/guide/recipes.md')) ?? [];
    expect(readFileSync(source, 'utf8').split(line).length).toBe(2);
  });

  it('gets each message once, as it does not offer compression', async () => {
    const { client, subscriptions } = await subscribed();
    await client.prints(/subscribe_response/);
    await subscriptions.broadcast('agent-updates', 'first');
    await subscriptions.broadcast('agent-updates', 'last');
    await client.prints(/last/);
    expect(client.printed.match(/"type":"\w+"/g)).toEqual([
      '"type":"auth_response"',
      '"type":"subscribe_response"',
      '"type":"event"',
      '"type":"event"',
    ]);
  });

  it('is needed: with compression, libwebsockets gives a message again and again that came uncompressed', async () => {
    const { client, registry } = await subscribed('deflate');
    expect(await client.exited).toBe(0);
    // The auth_response, and the answer to its subscribe where it sent one before it began to repeat.
    expect(registry.getStats().messagesSent).toBeLessThanOrEqual(2);
    expect(client.printed.match(/"type":/g)).toHaveLength(100);
  });
});
