import { connect } from 'node:net';
import { ShutdownService } from '@skreaver/nestjs-ws';
import { CloseCode, closeCodes, closeReason, parseCloseReason, protocolLimits } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { startApp, testAuth, TestAuthHandler } from '../../support/test-app.js';
import type { Closed, TestClient } from '../../support/test-client.js';

const HEARTBEAT = { pingInterval: 200, pongTimeout: 199, connectionTimeout: 201 } as const;
const BUSY = { maxPendingAuthentications: 1 } as const;

class HangingAuth extends TestAuthHandler {
  override authenticate(): string {
    return new Promise(() => {}) as unknown as string;
  }
}

async function kicked(code: CloseCode): Promise<Closed> {
  const app = await startApp();
  const client = await app.connect();
  void app.registry.disconnect(app.registry.list()[0]?.id ?? '', code);
  return client.closed;
}

async function sent(...frames: ((client: TestClient) => void)[]): Promise<Closed> {
  const client = await (await startApp({ maxMessageSize: 1000 })).connect('', { perMessageDeflate: false });
  for (const send of frames) send(client);
  return client.closed;
}

/** The socket under a client, for bytes that no WebSocket library sends. */
function wireOf(client: TestClient): ReturnType<typeof connect> {
  return (client.webSocket as unknown as { _socket: ReturnType<typeof connect> })._socket;
}

/** A client frame with an all-zero mask. */
function frame(firstByte: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([firstByte, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

const LATER = 'belongs to history and recovery';

const provoke: Readonly<Record<CloseCode, (() => Promise<Closed>) | typeof LATER>> = {
  1000: () => sent((client) => client.webSocket.close(1000)),
  1001: () => sent((client) => client.webSocket.close(1001)),
  1002: () => sent((client) => wireOf(client).write(frame(0xf1, Buffer.from('{}')))),
  1003: () => sent((client) => client.send(Buffer.from('{"type":"ping"}'))),
  1007: () => sent((client) => wireOf(client).write(frame(0x81, Buffer.from([0xff, 0xfe])))),
  1008: () =>
    sent((client) => {
      for (let at = 0; at < 300; at += 1) client.webSocket.send('x', { fin: false });
    }),
  1009: () => sent((client) => client.send('x'.repeat(2001))),
  1011: async () => {
    const app = await startApp();
    const client = await app.connect();
    const { socket } = app.registry.list()[0] as unknown as {
      socket: { environment: { handler: { onMessage: () => void; onHandlerError: () => void } } };
    };
    const { handler } = socket.environment;
    // No handler to run, and then not even the failure can be answered.
    handler.onMessage = handler.onHandlerError = () => {
      throw new Error('nothing works');
    };
    client.send({ type: 'ping' });
    return client.closed;
  },
  1012: async () => {
    const app = await startApp();
    const client = await app.connect();
    await app.app.get(ShutdownService).beforeApplicationShutdown();
    return client.closed;
  },
  1013: async () => {
    const app = await startApp({ ...BUSY, authHandler: { useClass: HangingAuth } });
    const [first, second] = [await app.connect(), await app.connect()];
    for (const client of [first, second]) {
      client.send({ type: 'auth', data: { token: 'x' } });
      client.send({ type: 'ping' });
    }
    return Promise.race([first.closed, second.closed]);
  },
  4000: async () => {
    const app = await startApp({ ...HEARTBEAT, pingInterval: 2000, pongTimeout: 1999, connectionTimeout: 2001 });
    const client = await app.connect();
    const { socket } = app.registry.list()[0] as unknown as { socket: { lastReceivedAt: number } };
    socket.lastReceivedAt = performance.now() - 2001;
    client.answersPings = false;
    return client.closed;
  },
  4001: async () => {
    const client = await (await startApp({ ...HEARTBEAT, connectionTimeout: 5000 })).connect();
    client.answersPings = false;
    return client.closed;
  },
  4002: async () => {
    const app = await startApp({ broadcastBufferSize: 3 });
    const client = await app.connect('', { perMessageDeflate: false });
    await client.subscribe('flood');
    client.stall();
    while (app.registry.list().length > 0) {
      await app.subscriptions.broadcast('flood', 'x'.repeat(60_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.webSocket.resume();
    return client.closed;
  },
  4003: async () => {
    const client = await (await startApp({ messageRate: 1, messageBurst: 2 })).connect();
    for (let at = 0; at < 10; at += 1) client.send({ type: 'ping' });
    return client.closed;
  },
  4004: async () => {
    const app = await startApp({ ...testAuth, expiryGrace: 0 });
    return (await app.connect('?token=expires-50-alice')).closed;
  },
  4005: () => kicked(CloseCode.Reconnect),
  4006: LATER,
  4500: async () => (await (await startApp(testAuth)).connect('?token=bad')).closed,
  4501: async () => (await (await startApp({ ...testAuth, authTimeout: 60 })).connect()).closed,
  4502: () => kicked(CloseCode.PermissionDenied),
  4503: () => kicked(CloseCode.DuplicateConnection),
  4504: () => sent(...Array.from({ length: 10 }, () => (client: TestClient) => client.send('no json'))),
  4505: () => kicked(CloseCode.ForcedDisconnect),
};

/** The client's own close frame comes back as it was. */
const WITHOUT_OUR_REASON: readonly number[] = [1000, 1001];

describe('the close code', () => {
  it('table has a way to provoke each code of the protocol', () => {
    expect(Object.keys(provoke).map(Number).toSorted()).toEqual(Object.values(CloseCode).map(Number).toSorted());
    const later = Object.entries(provoke).filter(([, how]) => how === LATER);
    expect(later.map(([code]) => Number(code))).toEqual([CloseCode.InsufficientState]);
  });

  for (const { code, name } of closeCodes) {
    const how = provoke[code];
    if (how === LATER) continue;
    it(`${code} ${name} is sent`, async () => {
      const closed = await how();
      expect(closed.code).toBe(code);
      if (!WITHOUT_OUR_REASON.includes(code)) expect(parseCloseReason(closed.reason).name).toBe(name);
      expect(Buffer.byteLength(closed.reason)).toBeLessThanOrEqual(protocolLimits.maxCloseReasonBytes);
    });
  }

  it('reason is CODE, or CODE;retry_after_ms=N', async () => {
    const app = await startApp();
    const [plain, hinted] = [await app.connect(), await app.connect()];
    const [first, second] = app.registry.list();
    void app.registry.disconnect(first?.id ?? '', CloseCode.Reconnect);
    void app.registry.disconnect(second?.id ?? '', CloseCode.Reconnect, 1500);
    expect((await plain.closed).reason).toBe('RECONNECT');
    expect((await hinted.closed).reason).toBe('RECONNECT;retry_after_ms=1500');
  });

  it('reason fits a close frame', () => {
    for (const { code } of closeCodes) {
      const longest = closeReason(code, Number.MAX_SAFE_INTEGER);
      expect(Buffer.byteLength(longest)).toBeLessThanOrEqual(protocolLimits.maxCloseReasonBytes);
    }
  });
});
