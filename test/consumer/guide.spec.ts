import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.js';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { buildConsumer } from './consumer-app.js';
import { guideSnippets, snippetWith } from './guide-snippets.js';
import { packPackages } from './packed-packages.js';

const INSTALL_AND_COMPILE_MS = 300_000;
const JWT_SECRET = 'a secret of at least 32 bytes, for HS256';

const folder = mkdtempSync(join(tmpdir(), 'skreaver-guide-'));
const app = join(folder, 'app');
let port: number;

/** Snippets that listen do so on 8080, which a test replaces. */
function writeSnippets(): void {
  for (const { name, text } of guideSnippets) {
    writeFileSync(join(app, 'src', `${name}.ts`), text.replace('listen(8080', `listen(${port}`));
  }
}

beforeAll(async () => {
  port = await freePort();
  mkdirSync(app);
  await buildConsumer('guide', app, await packPackages(), writeSnippets);
}, INSTALL_AND_COMPILE_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runs = (script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProcess =>
  new RunningProcess(process.execPath, [join(app, 'dist', `${script}.js`), ...args], { ...process.env, ...env });

/** Serves the `AppModule` of the snippet that holds a text. @returns the URL of its WebSockets */
async function served(part: string, env: NodeJS.ProcessEnv): Promise<string> {
  const [, at] = await runs('serve', [snippetWith(part).name], env).prints(/listening on (\d+)\n/);
  return `ws://127.0.0.1:${at}/ws`;
}

/** A client of a snippet that listens by itself; it connects as soon as the snippet does so. */
const connected = (path: string): Promise<TestClient> =>
  vi.waitFor(() => TestClient.open(`ws://127.0.0.1:${port}${path}`), { timeout: 20_000, interval: 50 });

const token = (expiresIn: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('alice')
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(JWT_SECRET));

describe('the TypeScript snippets of the README and the guide', () => {
  it('compile in an application that has installed the package', () => {
    // They have been compiled before the tests.
    expect(guideSnippets.length).toBeGreaterThan(30);
  });

  it('accept a JWT, with its user and its end, and refuse an expired one', async () => {
    const url = await served('class JwtAuthHandler', { JWT_SECRET });
    const alice = await TestClient.open(`${url}?token=${await token('5m')}`);
    expect((await alice.next('auth_response')).data).toMatchObject({ success: true, user_id: 'alice' });
    expect((await alice.subscribe('private.alice.x', 'private.bob.x')).data).toMatchObject({
      subscribed: ['private.alice.x'],
      failed: [{ channel: 'private.bob.x', code: 'PERMISSION_DENIED' }],
    });
    const late = await TestClient.open(`${url}?token=${await token('-1m')}`);
    expect((await late.closed).code).toBe(4500);
  });

  it('take options from a ConfigService', async () => {
    const url = await served("getOrThrow('MAX_CONNECTIONS')", { MAX_CONNECTIONS: '1' });
    await TestClient.open(url);
    await expect(TestClient.open(url)).rejects.toThrow('503');
  });

  it('find the request in a service by currentRequest', async () => {
    const client = await TestClient.open(await served('currentRequest() ?? {}', {}));
    const answer = await client.ask({
      type: 'request',
      data: { method: 'documents.delete' },
      metadata: { trace: 't7' },
    });
    const line = expect.stringMatching(/^delete by (?!the system).+, trace t7$/);
    expect(answer.data).toEqual({ status: 'success', result: [line] });
  });

  it('have the context of nestjs-cls at every chunk', async () => {
    const client = await TestClient.open(await served("from 'nestjs-cls'", {}));
    client.send({ type: 'request', data: { method: 'report' } });
    const chunks = [await client.next('response'), await client.next('response')].map(({ data }) => data);
    const { result: connectionId } = chunks[0] as { readonly result: string };
    expect(connectionId).toMatch(/./);
    expect(chunks).toEqual([0, 1].map((sequence) => ({ status: 'pending', result: connectionId, sequence })));
  });

  it('serve WebSockets beside Fastify', async () => {
    runs(snippetWith('new FastifyAdapter()').name, []);
    const client = await connected('/ws');
    expect((await client.subscribe('agent-updates')).data.success).toBe(true);
  });

  it('deliver, as the main.ts of the README, what a controller publishes', async () => {
    runs(snippetWith('class AgentController').name, []);
    const client = await connected('/ws?token=secret');
    await client.subscribe('agent-updates');
    const status = { agent_id: 'agent-123', status: 'running' };
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify(status);
    await fetch(`http://127.0.0.1:${port}/agents/status`, { method: 'POST', headers, body });
    expect((await client.next('event')).data).toEqual(status);
  });
});
