import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect, promisify } from 'node:util';
import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { ClientPage } from './client-page.js';
import { clientPath, guideClient, guideSnippet } from './guide-client.js';
import { RunningProcess } from '../support/running-process.js';
import { startStandaloneServer } from './standalone-server.js';

const CHANNEL = 'agent-updates';
const event = { type: 'agent-status-changed', agent_id: 'agent-123', status: 'running' };

const asPythonPrints = "{'type': 'agent-status-changed', 'agent_id': 'agent-123', 'status': 'running'}";

const line = (printed: string, name: string): string => new RegExp(`^ +${name} +(.+)$`, 'm').exec(printed)?.[1] ?? '';

/** Node, with the `WebSocket` of the package `ws`. */
const runInNode = (port: number): RunningProcess => {
  const useWs = pathToFileURL(join(import.meta.dirname, 'use-ws.mjs')).href;
  return new RunningProcess(process.execPath, ['--import', useWs, '--eval', guideClient('client.js', port)]);
};

/** Debian's Python and its package python3-websockets. */
const runInPython = (port: number): RunningProcess =>
  new RunningProcess('/usr/bin/python3', ['-u', '-c', guideClient('client.py', port)]);

describe('the clients of the guide', () => {
  it('are kept word for word', () => {
    expect(readFileSync(clientPath('client.js'), 'utf8')).toBe(guideSnippet('javascript'));
    expect(readFileSync(clientPath('client.py'), 'utf8')).toBe(guideSnippet('python'));
    expect(readFileSync(clientPath('client.rs'), 'utf8')).toBe(guideSnippet('rust'));
  });
});

describe.each([
  ['as it starts without settings', {}],
  [
    'that asks for tokens and for a key to publish',
    { SKREAVER_WS_API_KEYS: 'abc123=alice', SKREAVER_WS_PUBLISH_KEYS: 'a-key-of-the-publisher' },
  ],
])('a server %s', (_how, settings: Record<string, string>) => {
  it('brings what curl publishes to the JavaScript client in Node', async () => {
    const server = await startStandaloneServer(settings);
    const client = runInNode(server.port);
    await server.publish(CHANNEL, event);
    await client.prints(/}\n/);
    expect(client.printed).toBe(`Event received: ${inspect(event)}\n`);
  });

  it('brings what curl publishes to the JavaScript client in Chromium', async () => {
    const page = await ClientPage.serve();
    const origins = { SKREAVER_WS_ALLOWED_ORIGINS: `http://localhost:${page.port}` };
    const server = await startStandaloneServer({ ...settings, ...origins });
    const logged = await page.open(guideClient('client.js', server.port));
    await server.publish(CHANNEL, event);
    expect(await logged.line('Event received:')).toEqual(['Event received:', event]);
  });

  it('brings what curl publishes to the Python client', async () => {
    const server = await startStandaloneServer(settings);
    const client = runInPython(server.port);
    await server.publish(CHANNEL, event);
    await client.prints(/}\n/);
    expect(client.printed).toBe(`Event: ${asPythonPrints}\n`);
  });
});

describe('a server with a short ping interval', () => {
  const shortPings = { SKREAVER_WS_PING_INTERVAL: '200ms', SKREAVER_WS_PONG_TIMEOUT: '150ms' };

  it.each([
    ['JavaScript', runInNode, 'Event received: '],
    ['Python', runInPython, 'Event: '],
  ])('keeps the %s client, which answers pings, and not one that does not', async (_language, run, begin) => {
    const server = await startStandaloneServer(shortPings);
    const client = run(server.port);
    await server.publish(CHANNEL, 'first');
    await client.prints(/first\n/);
    for (let cut = 0; cut < 3; cut += 1) {
      const silent = await TestClient.open(`ws://localhost:${server.port}/ws`);
      silent.answersPings = false;
      await expect(silent.closed).resolves.toMatchObject({ code: CloseCode.PongTimeout });
    }
    await server.publish(CHANNEL, 'second');
    await client.prints(/second\n/);
    expect(client.printed).toBe(`${begin}first\n${begin}second\n`);
  });
});

describe('a page whose origin is not allowed', () => {
  it('gets no connection', async () => {
    const page = await ClientPage.serve();
    const server = await startStandaloneServer({ SKREAVER_WS_ALLOWED_ORIGINS: `http://localhost:${page.port}` });
    const logged = await page.open(guideClient('client.js', server.port), '127.0.0.1');
    expect(await logged.line('WebSocket closed')).toEqual(['WebSocket closed']);
    expect(await logged.line('WebSocket error:')).toHaveLength(2);
  });
});

describe('the commands that the server prints at its start', () => {
  const run = promisify(execFile);
  it('connect, subscribe and publish as pasted', async () => {
    const server = await startStandaloneServer();
    const { printed } = server.process;
    const [, url = '', message = ''] =
      /^npx wscat -c '([^']+)' -w -1 -x '([^']+)'$/.exec(line(printed, 'Connect')) ?? [];
    const client = await TestClient.open(url);
    client.send(message);
    await client.next('subscribe_response');
    const { stdout } = await run('bash', ['-c', line(printed, 'Publish')]);
    expect(JSON.parse(stdout)).toEqual({ delivered: 1 });
    expect(await client.next('event')).toMatchObject({ data: { hello: 'world' } });
  });
});
