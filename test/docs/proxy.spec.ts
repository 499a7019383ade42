import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.js';
import { startApp } from '../support/test-app.js';
import { TestClient } from '../support/test-client.js';

const NGINX = '/usr/sbin/nginx';

function recipe(): string {
  const page = readFileSync(new URL('../../docs/guide/deployment.md', import.meta.url), 'utf8');
  const [, block] = /^```nginx\n([^]*?)^```$/m.exec(page) ?? [];
  if (block === undefined) throw new Error('docs/guide/deployment.md has no recipe for nginx');
  return block;
}

function replaced(text: string, what: string, by: string): string {
  if (text.split(what).length !== 2) throw new Error(`The recipe does not name "${what}" exactly once`);
  return text.replace(what, by);
}

/** The recipe word for word but for the two ports, in an nginx of its own. Returns its port. */
async function nginxBefore(port: number): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'nginx-'));
  const front = await freePort();
  const server = replaced(replaced(recipe(), 'listen 80;', `listen 127.0.0.1:${front};`), ':8080;', `:${port};`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/${kind};`,
  );
  const http = `http { access_log off; ${temporary.join(' ')}\n${server}}`;
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, `daemon off; master_process off; pid ${dir}/pid; error_log stderr;\nevents {}\n${http}`);
  execFileSync(NGINX, ['-t', '-q', '-p', dir, '-c', config]);
  const nginx = spawn(NGINX, ['-p', dir, '-c', config], { stdio: 'ignore' });
  const ended = once(nginx, 'close');
  onTestFinished(async () => {
    nginx.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${front}/`).catch(() => undefined))?.status).toBe(404);
  return front;
}

describe('the nginx recipe of the guide', () => {
  async function behindNginx() {
    const app = await startApp({ trustedProxies: ['127.0.0.1'], maxConnectionsPerIp: 1 });
    return { ...app, front: await nginxBefore(app.port) };
  }

  it('lets a page of the same site in, on whatever port', async () => {
    const { front } = await behindNginx();
    const client = await TestClient.open(`ws://localhost:${front}/ws`, { origin: `http://localhost:${front}` });
    await client.settle();
  });

  it('keeps a page of another site out', async () => {
    const { front } = await behindNginx();
    const opening = TestClient.open(`ws://localhost:${front}/ws`, { origin: 'http://evil.example' });
    await expect(opening).rejects.toThrow('403');
  });

  it('passes on the address of the client', async () => {
    const { front, registry } = await behindNginx();
    const from = (address: string) => TestClient.open(`ws://127.0.0.1:${front}/ws`, { localAddress: address });
    await from('127.0.0.2');
    await from('127.0.0.3');
    expect(registry.list().map(({ clientAddress }) => clientAddress)).toEqual(['127.0.0.2', '127.0.0.3']);
    await expect(from('127.0.0.3')).rejects.toThrow('429');
  });
});
