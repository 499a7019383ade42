import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { LatchedAuthHandler } from '../support/latched-auth-handler.js';
import { RawClient } from '../support/raw-client.js';
import { upgradeHead } from '../support/raw-frames.js';
import { startApp } from '../support/test-app.js';

/** socket.io ends the sockets of upgrades that are not its own and have not been answered by then. */
const DESTROY_UPGRADE_MS = 20;

it('a token check may last longer than socket.io waits for foreign upgrades, and socket.io keeps its clients', async () => {
  const auth = new LatchedAuthHandler();
  auth.tokens.close();
  const app = await startApp(auth.source);
  const io = new Server(app.app.getHttpServer() as HttpServer, { destroyUpgradeTimeout: DESTROY_UPGRADE_MS });
  onTestFinished(() => void io.close());
  const opening = app.connect('?token=token-alice');
  await auth.tokens.reached();
  const theirs = new WebSocket(`ws://127.0.0.1:${app.port}/socket.io/?EIO=4&transport=websocket`);
  onTestFinished(() => theirs.terminate());
  const [hello] = (await once(theirs, 'message')) as [Buffer];
  expect(hello.toString()).toMatch(/^0\{"sid"/);
  const nobodys = await RawClient.open(app.port);
  nobodys.write(upgradeHead({ target: '/other' }));
  // By now socket.io has ended what it took for nobody's.
  await nobodys.closed;
  auth.tokens.open();
  expect((await (await opening).next('auth_response')).data).toMatchObject({ success: true });
});
