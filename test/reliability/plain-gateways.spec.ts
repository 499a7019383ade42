import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Injectable, type Type } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { RawClient } from '../support/raw-client.js';
import { upgradeHead } from '../support/raw-frames.js';
import { type TestApp, startApp } from '../support/test-app.js';

type Verdict = (verified: boolean) => void;
type Info = { readonly req: IncomingMessage };

/** A gateway of the application at `/plain`, with these hooks. */
function gateway(options: object, hooks: object = {}): Type {
  class Plain {
    echo(data: unknown): unknown {
      return { event: 'echo', data };
    }
  }
  Object.assign(Plain.prototype, hooks);
  const descriptor = Object.getOwnPropertyDescriptor(Plain.prototype, 'echo') as PropertyDescriptor;
  MessageBody()(Plain.prototype, 'echo', 0);
  SubscribeMessage('echo')(Plain.prototype, 'echo', descriptor);
  WebSocketGateway({ path: '/plain', ...options })(Plain);
  Injectable()(Plain);
  return Plain;
}

function start(options: object, hooks: object = {}): Promise<TestApp> {
  expectNoProcessFaults();
  return startApp({}, { providers: [gateway(options, hooks)] });
}

const isBad = ({ url = '' }: IncomingMessage): boolean => url.endsWith('?bad');

async function statusOf(app: TestApp, target: string): Promise<number> {
  const client = await RawClient.open(app.port);
  client.write(upgradeHead({ target }));
  return (await client.httpAnswer()).status;
}

async function connect(app: TestApp, query = ''): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${app.port}/plain${query}`, ['chat']);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

async function expectServed(app: TestApp): Promise<void> {
  const socket = await connect(app);
  socket.send(JSON.stringify({ event: 'echo', data: 'hello' }));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(answer.toString())).toEqual({ event: 'echo', data: 'hello' });
  expect((await (await app.connect()).ask({ type: 'ping' })).type).toBe('pong');
}

const refuseBad = (request: IncomingMessage): void => {
  if (isBad(request)) throw new Error('hook');
};

const HANDSHAKE = {
  'verifyClient, at once': {
    verifyClient: ({ req }: Info) => {
      refuseBad(req);
      return true;
    },
  },
  'verifyClient, in a promise': {
    verifyClient: async ({ req }: Info) => {
      await Promise.resolve();
      refuseBad(req);
      return true;
    },
  },
  'verifyClient with a callback, at once': {
    verifyClient: ({ req }: Info, done: Verdict) => {
      refuseBad(req);
      done(true);
    },
  },
  'verifyClient with a callback, in a promise': {
    verifyClient: async ({ req }: Info, done: Verdict) => {
      await Promise.resolve();
      refuseBad(req);
      done(true);
    },
  },
  handleProtocols: {
    handleProtocols: (_offered: unknown, request: IncomingMessage) => {
      refuseBad(request);
      return 'chat';
    },
  },
  'handleProtocols, behind a verifyClient that takes its time': {
    verifyClient: (_info: Info, done: Verdict) => void setImmediate(() => done(true)),
    handleProtocols: (_offered: unknown, request: IncomingMessage) => {
      refuseBad(request);
      return 'chat';
    },
  },
};

describe.each(Object.entries(HANDSHAKE))('a plain gateway that throws in %s', (_what, options) => {
  it('answers 500, logs the error, and serves the others', async () => {
    const app = await start(options);
    const refused = new WebSocket(`ws://127.0.0.1:${app.port}/plain?bad`, ['chat']);
    const [, answer] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(answer.statusCode).toBe(500);
    refused.on('error', () => {}).terminate();
    expect(app.log.of('handshake of a gateway failed')).toMatchObject([{ error: { message: 'hook' } }]);
    await expectServed(app);
  });
});

describe('the verifyClient of a plain gateway', () => {
  it('refuses a client with 401 by a result of false, in each of its forms', async () => {
    for (const verifyClient of [
      () => false,
      async () => Promise.resolve(false),
      (_info: Info, done: Verdict) => done(false),
    ]) {
      expect(await statusOf(await start({ verifyClient }), '/plain')).toBe(401);
    }
  });

  it('that throws after its answer is logged, and the answer stands', async () => {
    const app = await start({
      verifyClient: (_info: Info, done: Verdict) => {
        done(true);
        throw new Error('afterwards');
      },
    });
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}/plain`);
    socket.on('error', () => {});
    onTestFinished(() => socket.terminate());
    await once(socket, 'close');
    expect(app.log.of('handshake of a gateway failed')).toMatchObject([{ error: { message: 'afterwards' } }]);
  });
});

describe.each(['at once', 'later'])('a plain gateway that throws %s', (when) => {
  const fail = (): unknown => {
    if (when === 'later') return Promise.reject(new Error('hook'));
    throw new Error('hook');
  };

  it('in handleConnection ends that connection with 1011 and serves the others', async () => {
    const app = await start(
      {},
      { handleConnection: (_client: unknown, request: IncomingMessage) => (isBad(request) ? fail() : undefined) },
    );
    const socket = await connect(app, '?bad');
    expect((await once(socket, 'close'))[0]).toBe(1011);
    expect(app.log.of('handleConnection of a gateway failed')).toMatchObject([{ gateway: 'Plain' }]);
    await expectServed(app);
  });

  it('in handleDisconnect says so in the log, and serves the others', async () => {
    const app = await start({}, { handleDisconnect: fail });
    (await connect(app)).close();
    await expect.poll(() => app.log.of('handleDisconnect of a gateway failed')).toMatchObject([{ gateway: 'Plain' }]);
    await expectServed(app);
  });
});
