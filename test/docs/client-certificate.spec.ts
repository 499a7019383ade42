import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClientOptions } from 'ws';
import { TestAuthority } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import { startNginx } from '../support/nginx.js';
import { startApp } from '../support/test-app.js';
import { TestClient } from '../support/test-client.js';
import { CertificateAuthHandler } from './snippets/client-certificate.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const guide = read('../../docs/guide/connections-and-auth.md');
const ofGuide = { authHandler: { useClass: CertificateAuthHandler } };

/** The lines of the guide in a server that ends TLS before a port. Returns a client of it. */
async function behindNginx(authority: TestAuthority, port: number) {
  const dir = mkdtempSync(join(tmpdir(), 'tls-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const server = authority.issue('/CN=server');
  const files = { 'server.key': server.key, 'server.crt': server.cert, 'agents-ca.pem': authority.cert };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const [, recipe = ''] = /^```nginx\n([^]*?)^```$/m.exec(guide) ?? [];
  const proxied =
    'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';
  const lines = recipe
    .replace('/etc/nginx/agents-ca.pem', join(dir, 'agents-ca.pem'))
    .replace(/^.*# and the lines.*$/m, `proxy_pass http://127.0.0.1:${port}; ${proxied}`);
  const front = await freePort();
  const keys = `ssl_certificate ${dir}/server.crt; ssl_certificate_key ${dir}/server.key;`;
  startNginx(`server { listen 127.0.0.1:${front} ssl; ${keys}\n${lines}}`);
  await expect.poll(() => isOpen(front)).toBe(true);
  return (options: ClientOptions) =>
    TestClient.open(`wss://127.0.0.1:${front}/ws`, { rejectUnauthorized: false, ...options });
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', () => resolve(false));
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve(true);
    });
  });

describe('the certificates of the guide', () => {
  it('are handled by the code of the guide', () => {
    const [, tested = ''] = read('./snippets/client-certificate.ts').split('// The code of the guide.\n');
    expect(tested).not.toBe('');
    expect(guide).toContain(tested);
  });

  it('identify an agent until they expire', async () => {
    const authority = new TestAuthority('agents');
    const server = authority.issue('/CN=server');
    const https = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const app = await startApp(ofGuide, {}, { https });
    const client = await app.connect('', { rejectUnauthorized: false, ...authority.issue('/CN=agent-7') });
    const { data } = await client.next('auth_response');
    expect(data).toMatchObject({ success: true, user_id: 'agent:agent-7' });
    expect(data).toHaveProperty('expires_at', expect.closeTo(Date.now() + 86_400_000, -5));
  });

  it('identify an agent behind the nginx of the guide, whose headers no client can send', async () => {
    const authority = new TestAuthority('agents');
    const app = await startApp({ ...ofGuide, trustedProxies: ['127.0.0.1'] });
    const connectBy = await behindNginx(authority, app.port);
    const agent = authority.issue('/CN=agent-7');
    const client = await connectBy(agent);
    expect(await client.next('auth_response')).toMatchObject({ data: { user_id: 'agent:agent-7' } });
    const headers = { 'x-client-verify': 'SUCCESS', 'x-client-cert': encodeURIComponent(agent.cert) };
    const forger = await connectBy({ headers });
    const answer = await forger.request('ping');
    expect(answer.data).toMatchObject({ status: 'error', error: { code: 'AUTHENTICATION_REQUIRED' } });
    await expect(connectBy({ headers, ...new TestAuthority('agents').issue('/CN=agent-7') })).rejects.toThrow('400');
  });

  it('are not believed from a peer that is no trusted proxy', async () => {
    const app = await startApp(ofGuide);
    const { cert } = new TestAuthority('agents').issue('/CN=agent-7');
    const headers = { 'x-client-verify': 'SUCCESS', 'x-client-cert': encodeURIComponent(cert) };
    const client = await app.connect('', { headers });
    expect((await client.request('ping')).data.status).toBe('error');
  });
});
