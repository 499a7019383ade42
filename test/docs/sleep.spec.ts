import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunningProcess } from '../support/running-process.js';
import { startApp, testAuth } from '../support/test-app.js';
import { clientsOfGuide } from './snippets/client-run.js';
import { recovery } from './snippets/recovery-options.js';
import { nodeBinary } from '../support/node-binary.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const RECIPE = read('./recipes/after-sleep.js');
const PATIENCE = { timeout: 20_000, interval: 20 };

/** What the application does with what it gets: prints it. */
const APPLICATION = `
Math.random = () => 0.1;
const onEvent = (data) => console.log('event', data);
const reload = () => console.log('reload');
const onEnd = (why) => console.log('end', why);
`;

/** The route of the application that gives out tokens: the first one runs out soon. */
async function tokenRoute(later: string) {
  const asked = { times: 0 };
  const server = createServer((_request, response) => {
    asked.times += 1;
    response.end(asked.times === 1 ? 'expires-1000-alice' : later);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` };
}

function replaced(text: string, what: string, by: string): string {
  if (text.split(what).length !== 2) throw new Error(`The recipe does not name "${what}" exactly once`);
  return text.replace(what, by);
}

/** A client that has subscribed, and has slept until the server closed its connection. */
async function asleep(later: string) {
  const app = await startApp({ ...testAuth, ...recovery, pingInterval: 1000, pongTimeout: 900, expiryGrace: 0 });
  const route = await tokenRoute(later);
  const recipe = replaced(replaced(RECIPE, "'/token'", `'${route.url}'`), 'wss://example.com/ws', app.url);
  const client = new RunningProcess(nodeBinary(22), ['--eval', clientsOfGuide() + APPLICATION + recipe]);
  await client.prints(/reload\n/);
  client.sleep();
  await expect.poll(() => app.registry.list(), PATIENCE).toEqual([]);
  return { ...app, ...route, client };
}

describe('the recipe for a computer that slept', () => {
  it('is the one that is tested here', () => {
    expect(read('../../docs/guide/recipes.md')).toContain(`\`\`\`js\n// after-sleep.js\n${RECIPE}\`\`\``);
  });

  it('connects with a new token, and recovers what was published during the sleep', async () => {
    const { client, subscriptions, asked } = await asleep('token-alice');
    await subscriptions.broadcast('agent:7', 'missed');
    client.wake();
    await client.prints(/event missed\n/);
    expect(client.printed).toBe('reload\nevent missed\n');
    expect(asked.times).toBe(2);
  });

  it('stops, without the recipe, as the old token is refused for good', async () => {
    const { client } = await asleep('stale');
    client.wake();
    await client.prints(/end 4500 AUTHENTICATION_FAILED\n/);
  });
});
