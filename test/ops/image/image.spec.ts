import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloseCode } from '@skreaver/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY, withAuthentication } from '../../e2e/credentials.js';
import { freePort } from '../../support/free-port.js';
import { TestClient } from '../../support/test-client.js';
import { makeBaseImages } from './base-images.js';
import { Buildah, type ImageConfig, npmVolumes } from './buildah.js';
import { Container } from './container.js';

const ROOT = join(import.meta.dirname, '../../..');
const { SKREAVER_WS_HOST: _loopback, ...credentials } = withAuthentication;

/** The files of the repository as they are, and nothing that was built or installed beside them. */
function checkout(to: string): string {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of files.toString().split('\0')) {
    if (file !== '' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(to, file));
  }
  return to;
}

describe('the image', () => {
  let dir: string;
  let config: ImageConfig;
  let root: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'image-'));
    const buildah = new Buildah(dir);
    await makeBaseImages(buildah, dir);
    const context = checkout(join(dir, 'checkout'));
    const image = await buildah.build(context, join(context, 'deploy/docker/Dockerfile'), npmVolumes());
    config = await buildah.config(image);
    root = await buildah.mount(image);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const command = () => [...config.Entrypoint, ...config.Cmd];

  async function running() {
    const port = await freePort();
    const env = { ...credentials, SKREAVER_WS_PORT: String(port) };
    const container = new Container(root, config, command(), env);
    await container.process.prints(/ {2}Publish /);
    return { port, container, env };
  }

  const connect = (port: number) =>
    TestClient.open(`ws://127.0.0.1:${port}/ws`, { headers: { Authorization: `Bearer ${API_KEY}` } });

  const healthcheck = (env: Record<string, string>) =>
    new Container(root, config, config.Healthcheck.Test.slice(1), env).process.exited;

  it('has what the server runs with, and neither sources nor what it was built with', () => {
    const packages = readdirSync(join(root, 'app/node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['ws', 'pino', 'prom-client']));
    expect(packages.filter((name) => ['typescript', 'vitest', 'uwebsockets'].includes(name))).toEqual([]);
    expect(readdirSync(join(root, 'app/apps/server')).toSorted()).toEqual(['dist', 'package.json', 'tsconfig.json']);
    expect(readdirSync(join(root, 'app')).filter((name) => ['src', 'test', '.git', '.env'].includes(name))).toEqual([]);
  });

  it('takes less than 100 MB beside its base', () => {
    const files = readdirSync(join(root, 'app'), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    const bytes = files.reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
    expect(bytes / 1e6).toBeLessThan(100);
  });

  it('answers health checks, requests and WebSockets with a root that cannot be written to, as nobody in particular', async () => {
    const { port, container } = await running();
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    const client = await connect(port);
    await client.settle();
    expect(container.status()).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(container.status()).toMatch(/^CapEff:\t0+$/m);
    expect(container.status()).toMatch(/^NoNewPrivs:\t1$/m);
    expect(container.mounts()).toMatch(/^\S+ \/ \S+ ro,/m);
  });

  it('drains and ends at the signal of its StopSignal, as process 1', async () => {
    const { port, container } = await running();
    const client = await connect(port);
    await client.settle();
    container.signal(config.StopSignal as NodeJS.Signals);
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    expect(await container.process.exited).toBe(0);
  });

  it('is healthy while the server answers, and not otherwise', async () => {
    const { env, container } = await running();
    expect(await healthcheck(env)).toBe(0);
    container.signal('SIGKILL');
    await container.process.exited;
    expect(await healthcheck(env)).toBe(1);
  });

  it('does not start without a way to authenticate, and says what to set', async () => {
    const { process } = new Container(root, config, command());
    expect(await process.exited).toBe(1);
    expect(process.printed).toContain('SKREAVER_WS_JWT_SECRET');
  });
});
