import { describe, expect, it, vi } from 'vitest';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { RawClient } from '../../support/raw-client.js';
import { opcode, clientFrame, upgradeHead } from '../../support/raw-frames.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';

const serverFull = { status: 503, code: 'CONNECTION_LIMIT_EXCEEDED', reason: 'server_full' } as const;
const target = '/ws?token=token-alice';

/** One of two permits is held by a client that stays: released twice, the other one would let two in. */
async function expectOnePermitFree(app: TestApp): Promise<void> {
  await vi.waitFor(() => RawClient.upgrade(app.port), { timeout: 20_000, interval: 20 });
  await expectRefusal(app.port, {}, serverFull);
}

async function appWithOneOfTwoPermitsTaken(auth?: LatchedAuthHandler): Promise<TestApp> {
  const app = await startApp({ maxConnections: 2, ...(auth?.source ?? testAuth), authTimeout: 5000 });
  await app.connect();
  return app;
}

describe('a connection permit is released exactly once', () => {
  it('when the client closes', async () => {
    const app = await appWithOneOfTwoPermitsTaken();
    const client = await app.connect();
    client.webSocket.close();
    await client.closed;
    await expectOnePermitFree(app);
  });

  it('when the server closes', async () => {
    const app = await appWithOneOfTwoPermitsTaken();
    await (
      await app.connect('?token=bad')
    ).closed;
    await expectOnePermitFree(app);
  });

  it('when both close at the same time', async () => {
    const app = await appWithOneOfTwoPermitsTaken();
    const client = await RawClient.upgrade(app.port, { target: '/ws?token=bad' });
    client.write(clientFrame(opcode.close, Buffer.of(0x03, 0xe8)));
    await client.closed;
    await expectOnePermitFree(app);
  });

  it('when the connection is cut without a close frame', async () => {
    const app = await appWithOneOfTwoPermitsTaken();
    const client = await RawClient.upgrade(app.port);
    client.socket.destroy();
    await expectOnePermitFree(app);
  });

  it('when the connection is reset', async () => {
    const app = await appWithOneOfTwoPermitsTaken();
    const client = await RawClient.upgrade(app.port);
    client.reset();
    await expectOnePermitFree(app);
  });

  it('when the client breaks the framing', async () => {
    const app = await appWithOneOfTwoPermitsTaken();
    const client = await RawClient.upgrade(app.port);
    client.write(clientFrame(opcode.text, '{}', { masked: false }));
    await client.closed;
    await expectOnePermitFree(app);
  });

  it.each([
    ['ends its side', (client: RawClient) => client.socket.end()],
    ['vanishes', (client: RawClient) => client.socket.destroy()],
    ['resets', (client: RawClient) => client.reset()],
  ])('when the client %s while its token is being checked', async (_how, leave) => {
    const auth = new LatchedAuthHandler();
    const app = await appWithOneOfTwoPermitsTaken(auth);
    auth.tokens.close();
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target }));
    await auth.tokens.reached();
    leave(client);
    auth.tokens.open();
    await expectOnePermitFree(app);
  });

  it('when the client resets while the check of its token hangs until authTimeout', async () => {
    const auth = new LatchedAuthHandler();
    const app = await startApp({ maxConnections: 2, ...auth.source, authTimeout: 500 });
    await app.connect('?token=token-bob');
    auth.tokens.close();
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target }));
    await auth.tokens.reached();
    client.reset();
    await expectOnePermitFree(app);
  });

  it('when the handshake fails after the permit was acquired', async () => {
    const app = await appWithOneOfTwoPermitsTaken();
    const headers = { 'Sec-WebSocket-Protocol': 'skreaver.v1,,other' };
    await expectRefusal(app.port, { target, headers }, { status: 400, code: 'BAD_REQUEST', reason: 'malformed' });
    await expectOnePermitFree(app);
  });
});

it('clients that come and go in every way leave no connection and no permit behind', async () => {
  const app = await startApp({ maxConnections: 4, ...testAuth });
  const leave = [
    (client: RawClient) => client.socket.end(),
    (client: RawClient) => client.socket.destroy(),
    (client: RawClient) => client.reset(),
    (client: RawClient) => client.write(clientFrame(opcode.close, Buffer.of(0x03, 0xe8))),
  ];
  for (let round = 0; round < 10; round += 1) {
    const upgrade = (): Promise<RawClient> =>
      vi.waitFor(() => RawClient.upgrade(app.port, { target }), { timeout: 20_000, interval: 20 });
    const clients = await Promise.all(leave.map(upgrade));
    for (const [at, client] of clients.entries()) leave[at]?.(client);
    await vi.waitFor(() => expect(app.registry.list()).toHaveLength(0), { timeout: 20_000 });
  }
  expect(app.registry.getStats()).toMatchObject({ activeConnections: 0, authenticatedConnections: 0 });
  expect(app.registry.getStats().peakConnections).toBeLessThanOrEqual(4);
});
