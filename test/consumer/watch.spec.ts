import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloseCode } from '@skreaver/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { buildConsumer } from './consumer-app.js';
import { packPackages } from './packed-packages.js';

const INSTALL_AND_COMPILE_MS = 300_000;
/** The CLI compiles the application for each start, which takes 9 s with nothing else to do. */
const COMPILE_MS = 120_000;
const WATCH_MS = 3 * COMPILE_MS;

const folder = mkdtempSync(join(tmpdir(), 'skreaver-watch-'));
const app = join(folder, 'app');

beforeAll(async () => {
  mkdirSync(app);
  await buildConsumer('watched', app, await packPackages());
}, INSTALL_AND_COMPILE_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An application under `nest start --watch`, on one port. */
class WatchedApp {
  private constructor(
    private readonly cli: RunningProcess,
    private readonly port: number,
  ) {}

  static async start(env: NodeJS.ProcessEnv = {}): Promise<WatchedApp> {
    writeVersion('before');
    const port = await freePort();
    const cli = new RunningProcess(
      process.execPath,
      [join(app, 'node_modules/@nestjs/cli/bin/nest.js'), 'start', '--watch'],
      { ...process.env, ...env, PORT: String(port) },
      undefined,
      { cwd: app, ownGroup: true, patienceMs: COMPILE_MS },
    );
    await cli.prints(/process \d+ listens\n/);
    return new WatchedApp(cli, port);
  }

  /** Changes a source file. Resolves when another process listens. */
  async change(): Promise<void> {
    writeVersion('after');
    await this.cli.prints(/process (\d+) listens\n[^]*process (?!\1 )\d+ listens\n/);
  }

  connect(): Promise<TestClient> {
    return TestClient.open(`ws://127.0.0.1:${this.port}/ws`);
  }

  end(): Promise<number | null> {
    return this.cli.end();
  }
}

const writeVersion = (version: string): void =>
  writeFileSync(join(app, 'src/version.ts'), `export const version = '${version}';\n`);

const subscribe = async (client: TestClient, since?: unknown) =>
  (await client.ask({ type: 'subscribe', data: { channels: [{ channel: 'news', since }] } })).data;

/** What the server published last, as the client gets it. */
async function announced(client: TestClient) {
  await client.request('announce');
  return client.next('event');
}

describe('a change of the source under nest start --watch', () => {
  it(
    'restarts the server on its port, and clients come back and are told what is lost',
    { timeout: WATCH_MS },
    async () => {
      const watched = await WatchedApp.start();
      const client = await watched.connect();
      await subscribe(client);
      const { data, metadata } = await announced(client);
      expect(data).toBe('before');
      await watched.change();
      expect(await client.closed).toEqual({
        code: CloseCode.ServiceRestart,
        reason: expect.stringMatching(/^SERVICE_RESTART;retry_after_ms=\d+$/) as string,
      });
      const again = await watched.connect();
      const { epoch, offset } = metadata;
      expect(await subscribe(again, { epoch, offset })).toMatchObject({
        success: true,
        positions: { news: { recovered: false } },
      });
      expect((await announced(again)).data).toBe('after');
      await watched.end();
      expect((await again.closed).code).toBe(CloseCode.ServiceRestart);
    },
  );

  it('ends the connections with 1006 without enableShutdownHooks', { timeout: WATCH_MS }, async () => {
    const watched = await WatchedApp.start({ SHUTDOWN_HOOKS: 'off' });
    const client = await watched.connect();
    await client.settle();
    await watched.change();
    expect((await client.closed).code).toBe(1006);
    const again = await watched.connect();
    await subscribe(again);
    expect((await announced(again)).data).toBe('after');
  });
});
