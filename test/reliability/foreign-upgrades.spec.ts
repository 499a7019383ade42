import { once } from 'node:events';
import type { Server } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { LatchedAuthHandler } from '../support/latched-auth-handler.js';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { RawClient } from '../support/raw-client.js';
import { upgradeHead } from '../support/raw-frames.js';
import { expectRefusal } from '../support/refused-upgrade.js';
import { type TestApp, startApp } from '../support/test-app.js';

const serverOf = (app: TestApp): Server => app.app.getHttpServer() as Server;

/** An application with another listener, which leaves to others what it does not know. */
async function startBeside(answer = (_target: string | undefined): boolean => false): Promise<TestApp> {
  const app = await startApp();
  serverOf(app).on('upgrade', ({ url }, socket) => {
    if (!answer(url)) return;
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    onTestFinished(() => void socket.destroy());
  });
  return app;
}

describe('an upgrade that another listener of the application may answer', () => {
  it('gets 404 after a second when nobody answers it', async () => {
    const app = await startBeside();
    await expectRefusal(app.port, { target: '/other' }, { status: 404, code: 'NOT_FOUND', reason: 'path' });
  });

  it('does not end the process when its peer resets the connection', async () => {
    expectNoProcessFaults();
    const app = await startBeside();
    const arrived = once(serverOf(app), 'upgrade') as Promise<[unknown, NodeJS.EventEmitter]>;
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target: '/other' }));
    const [, socket] = await arrived;
    const gone = new Promise((resolve) => socket.once('close', resolve));
    client.reset();
    await gone;
    await app.connect();
  });

  it('stays open when it is answered', async () => {
    const app = await startBeside((target) => target === '/answered');
    const answered = await RawClient.open(app.port);
    answered.write(upgradeHead({ target: '/answered' }));
    expect((await answered.httpAnswer()).status).toBe(101);
    const unanswered = await RawClient.open(app.port);
    unanswered.write(upgradeHead({ target: '/unanswered' }));
    await unanswered.closed;
    expect(answered.socket.destroyed).toBe(false);
  });

  it('is refused with 503 when the application closes', async () => {
    const app = await startBeside();
    const arrived = once(serverOf(app), 'upgrade');
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target: '/other' }));
    await arrived;
    const closing = app.app.close();
    expect((await client.httpAnswer()).status).toBe(503);
    await client.closed;
    await closing;
  });
});

describe("an upgrade of the module's path is not seen by another listener", () => {
  it('such as a ws server with another path, which would answer 400', async () => {
    const app = await startApp();
    const other = new WebSocketServer({ server: serverOf(app), path: '/other' });
    onTestFinished(() => other.close());
    await app.connect();
    const theirs = new WebSocket(`ws://127.0.0.1:${app.port}/other`);
    await once(theirs, 'open');
    theirs.terminate();
  });

  it('such as one that destroys unanswered upgrades after a second, while a token is being checked', async () => {
    const auth = new LatchedAuthHandler();
    auth.tokens.close();
    const app = await startApp(auth.source);
    serverOf(app).on('upgrade', (_request, socket) => socket.end());
    const opening = app.connect('?token=token-alice');
    await auth.tokens.reached();
    auth.tokens.open();
    expect((await (await opening).next('auth_response')).data).toMatchObject({ success: true });
  });
});

it('a closed application handles no more events of its server', async () => {
  const app = await startApp();
  const server = serverOf(app);
  await app.app.close();
  expect(server.listenerCount('upgrade')).toBe(0);
  const seen = once(server, 'upgrade');
  server.emit('upgrade', 'request' as never, 'socket' as never, Buffer.alloc(0));
  expect(await seen).toContain('socket');
});
