import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { startNginx } from '../support/nginx.js';
import { startApp } from '../support/test-app.js';
import { TestClient } from '../support/test-client.js';

const RECIPES = new URL('../../docs/guide/recipes.md', import.meta.url);

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

/** The recipe word for word but for the two ports and a change, in an nginx of its own. Returns its port. */
async function nginxBefore(port: number, change = (text: string) => text): Promise<number> {
  const front = await freePort();
  const server = replaced(
    replaced(change(recipe()), 'listen 80;', `listen 127.0.0.1:${front};`),
    ':8080;',
    `:${port};`,
  );
  const status = async () => (await fetch(`http://127.0.0.1:${front}/`).catch(() => undefined))?.status;
  startNginx(server);
  await expect.poll(status).toBe(404);
  return front;
}

describe('the nginx recipe of the guide', () => {
  async function behindNginx(change?: (text: string) => string) {
    const app = await startApp({ trustedProxies: ['127.0.0.1'], maxConnectionsPerIp: 1 });
    return { ...app, front: await nginxBefore(app.port, change) };
  }

  it('lets a page of the same site in, on whatever port', async () => {
    const { front } = await behindNginx();
    const client = await TestClient.open(`ws://localhost:${front}/ws`, { origin: `http://localhost:${front}` });
    await client.settle();
  });

  it('keeps that page out with `$host`, which drops the port', async () => {
    const { front } = await behindNginx((text) => replaced(text, '$http_host', '$host'));
    const opening = TestClient.open(`ws://localhost:${front}/ws`, { origin: `http://localhost:${front}` });
    await expect(opening).rejects.toThrow('403');
  });

  it('passes `Host` on as the recipes say', () => {
    const [, line = 'none'] = /^```nginx\n(.*)\n```$/m.exec(readFileSync(RECIPES, 'utf8')) ?? [];
    expect(recipe()).toContain(`    ${line}\n`);
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
