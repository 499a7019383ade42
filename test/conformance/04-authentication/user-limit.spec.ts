import { describe, expect, it } from 'vitest';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { refusalOf } from '../../support/refusal-of.js';
import { startApp, testAuth } from '../../support/test-app.js';

const TOKEN = '?token=token-alice';
const auth = { type: 'auth', data: { token: 'token-alice' } };
const full = { code: 'CONNECTION_LIMIT_EXCEEDED', details: { scope: 'user', max: 2 } };

describe('the limit of connections of a user, with refuse_newest', () => {
  const limited = async () => {
    const app = await startApp({ ...testAuth, maxConnectionsPerUser: 2 });
    const clients = [await app.connect(TOKEN), await app.connect(TOKEN)] as const;
    return { ...app, clients };
  };

  it('refuses a further handshake with 429, and lets other users in', async () => {
    const app = await limited();
    const { status, headers, body } = await refusalOf(app, TOKEN);
    expect([status, headers['retry-after']]).toEqual([429, '5']);
    expect(JSON.stringify(body)).toContain('CONNECTION_LIMIT_EXCEEDED');
    const bob = await app.connect('?token=token-bob');
    expect((await bob.next('auth_response')).data.success).toBe(true);
  });

  it('answers a further auth message with CONNECTION_LIMIT_EXCEEDED, and closes with 1013 and a hint', async () => {
    const { connect, table } = await limited();
    const third = await connect();
    expect((await third.ask(auth)).data).toMatchObject({ success: false, error: full });
    expect(await third.closed).toEqual({ code: 1013, reason: 'TRY_AGAIN_LATER;retry_after_ms=5000' });
    expect(table.ofUser('alice')).toHaveLength(2);
  });

  it('holds for handshakes that are checked at the same time, and leaks no place', async () => {
    const handler = new LatchedAuthHandler();
    handler.tokens.close();
    const app = await startApp({ ...handler.source, maxConnectionsPerUser: 2, maxConnections: 6 });
    const opening = Array.from({ length: 6 }, () => app.connect(TOKEN).catch(() => undefined));
    await handler.tokens.reached(6);
    handler.tokens.open();
    const clients = (await Promise.all(opening)).filter((client) => client !== undefined);
    await expect.poll(() => app.table.list().length).toBe(2);
    for (const client of clients) client.webSocket.close();
    await expect.poll(() => app.table.list()).toEqual([]);
    for (const user of ['b', 'c', 'd', 'e', 'f', 'g']) await app.connect(`?token=token-${user}`);
    expect(app.table.list()).toHaveLength(6);
  });

  it('frees a place when a connection of the user ends', async () => {
    const { connect, clients, table } = await limited();
    clients[0].webSocket.close();
    await expect.poll(() => table.ofUser('alice').length).toBe(1);
    expect((await (await connect(TOKEN)).next('auth_response')).data.success).toBe(true);
  });

  it('does not count a renewal', async () => {
    const { clients } = await limited();
    for (const client of clients) expect((await client.ask(auth)).data).toMatchObject({ success: true });
  });

  it('does not limit anonymous clients', async () => {
    const { connect, table } = await startApp({ maxConnectionsPerUser: 1 });
    await Promise.all([connect(), connect(), connect()]);
    expect(table.list()).toHaveLength(3);
  });
});

describe('the limit of connections of a user, with close_oldest', () => {
  const limited = async () => {
    const options = { maxConnectionsPerUser: 2, connectionsPerUserPolicy: 'close_oldest' } as const;
    const app = await startApp({ ...testAuth, ...options });
    const first = await app.connect(TOKEN);
    await expect.poll(() => Date.now() > (app.table.list()[0]?.openedAt ?? 0)).toBe(true);
    return { ...app, first, second: await app.connect(TOKEN) };
  };

  it('closes the connection that was opened first with 4505, also where it has been renewed since', async () => {
    const { connect, first, second, table } = await limited();
    await first.ask(auth);
    const third = await connect(TOKEN);
    expect(await first.closed).toMatchObject({ code: 4505, reason: 'FORCED_DISCONNECT' });
    for (const client of [second, third]) await client.settle();
    expect(table.ofUser('alice')).toHaveLength(2);
  });

  it('closes it for a connection that authenticates by a message too', async () => {
    const { connect, first } = await limited();
    const third = await connect();
    expect((await third.ask(auth)).data).toMatchObject({ success: true });
    expect(await first.closed).toMatchObject({ code: 4505 });
  });
});
