import { readFileSync } from 'node:fs';
import { AuthHandler, type Identity } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';
import { Attendance } from './snippets/attendance.js';
import { whyRefused } from './snippets/why-refused.js';
import { TenantRequests } from './snippets/tenant-requests.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

class MemberAuthHandler extends AuthHandler {
  override authenticate(token: string): Identity {
    return { userId: token, roles: ['member-of-acme'] };
  }
  override checkPermission(): boolean {
    return true;
  }
}

const start = () => startApp({ authHandler: { useClass: MemberAuthHandler } }, { providers: [TenantRequests] });

describe('the requests of a tenant in the guide', () => {
  it('are the ones that are tested here', () => {
    const [, tested = ''] = read('./snippets/tenant-requests.ts').split('but for the `export`.\n');
    expect(tested).toContain('class TenantRequests');
    expect(read('../../docs/guide/connections-and-auth.md')).toContain(
      `\`\`\`ts\n${tested.replace('export class', 'class')}\`\`\``,
    );
  });

  it('know the query, the metadata, the channels and what an earlier request of the connection kept', async () => {
    const { connect } = await start();
    const [client, other] = [await connect('?token=ann&tenant=home'), await connect('?token=ann')];
    await client.subscribe('room:7');
    client.send({ type: 'request', data: { method: 'tenant.show' }, metadata: { trace: 't1' }, correlation_id: 'r1' });
    expect((await client.next('response')).data).toEqual({
      status: 'success',
      result: { tenant: 'home', trace: 't1', channels: ['room:7'] },
    });
    expect((await client.request('tenant.choose', { tenant: 'acme' })).data).toMatchObject({ status: 'success' });
    expect((await client.request('tenant.choose', { tenant: 'evil' })).data).toMatchObject({ status: 'error' });
    expect((await client.request('tenant.show')).data).toMatchObject({ result: { tenant: 'acme' } });
    expect((await other.request('tenant.show')).data).toEqual({ status: 'success', result: { channels: [] } });
  });
});

describe('the hooks of the guide', () => {
  it('are the ones that are tested here', () => {
    const [, tested = ''] = read('./snippets/attendance.ts').split('but for the `export`.\n');
    expect(tested).toContain('class Attendance');
    expect(read('../../docs/guide/connections-and-auth.md')).toContain(
      `\`\`\`ts\n${tested.replace('export class', 'class')}\`\`\``,
    );
  });

  it('know who is in a room', async () => {
    const { app, connect } = await startApp({}, { providers: [Attendance] });
    const { rooms } = app.get(Attendance);
    const [ann, bob] = [await connect(), await connect()];
    for (const client of [ann, bob]) await client.subscribe('room:7');
    await expect.poll(() => rooms.get('room:7')?.size).toBe(2);
    bob.webSocket.close(1000);
    await expect.poll(() => rooms.get('room:7')?.size).toBe(1);
  });
});

describe('a connection of the registry', () => {
  it('keeps its handshake without the secrets for its life, also where a token is renewed', async () => {
    const seen: unknown[] = [];
    class Watching extends MemberAuthHandler {
      override authenticate(token: string, handshake?: unknown): Identity {
        seen.push(handshake);
        return super.authenticate(token);
      }
    }
    const { connect, registry } = await startApp({ authHandler: { useClass: Watching } });
    const secrets = { cookie: 'sid=secret', authorization: 'Bearer secret', 'proxy-authorization': 'Basic secret' };
    const client = await connect('?room=7', { headers: { ...secrets, 'user-agent': 'test' } });
    client.send({ type: 'auth', data: { token: 'secret' }, correlation_id: 'a' });
    await client.next('auth_response');
    await client.next('auth_response');
    const handshake = registry.list()[0]?.handshake;
    expect(handshake).toMatchObject({ query: { room: '7' }, headers: { 'user-agent': 'test' }, origin: undefined });
    expect(JSON.stringify(handshake)).not.toContain('secret');
    expect(seen[0]).toHaveProperty(['headers', 'proxy-authorization']);
    expect(seen[0]).not.toHaveProperty(['headers', 'cookie']);
    expect(seen[1]).toEqual(handshake);
  });
});

describe('the question of a page why it cannot connect', () => {
  it('is in the guide as it is tested here', () => {
    const [, tested = ''] = read('./snippets/why-refused.js').split('but for the `export`.\n');
    expect(read('../../docs/guide/connections-and-auth.md')).toContain(
      `\`\`\`js\n${tested.replace('export ', '')}\`\`\``,
    );
  });

  it('is answered with the code and the time to wait, and with UPGRADE_REQUIRED where there is room', async () => {
    const { url, connect } = await startApp({ maxConnectionsPerIp: 1 });
    expect(await whyRefused(url)).toEqual({ code: 'UPGRADE_REQUIRED', retryAfter: 0 });
    await connect();
    expect(await whyRefused(url)).toEqual({ code: 'CONNECTION_LIMIT_EXCEEDED', retryAfter: 5 });
  });
});
