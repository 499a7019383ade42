import type { Server } from 'node:http';
import { CloseCode } from '@skreaver/protocol';
import { Injectable } from '@nestjs/common';
import { RequestSignal, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { clientFrame, messageFrame, opcode } from '../../support/raw-frames.js';
import { startApp, testAuth } from '../../support/test-app.js';

const normal = Buffer.of(0x03, 0xe8);
const closeFrame = clientFrame(opcode.close, normal);

@Injectable()
class Streams {
  aborted = false;

  @WsRequest('count')
  async *count(@RequestSignal() signal: AbortSignal): AsyncGenerator<number> {
    signal.addEventListener('abort', () => (this.aborted = true));
    for (let n = 0; ; n += 1) {
      yield n;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

const presence = { channels: { room: { presence: true } } } as const;

describe('a client that has sent its close frame, and whose TCP connection lingers', () => {
  async function lingering() {
    const options = { ...testAuth, ...presence, maxConnectionsPerIp: 1, maxConnections: 1 };
    const app = await startApp({ ...options, heartbeat: 'frame', presenceLeaveDelay: 0 }, { providers: [Streams] });
    const client = await RawClient.upgrade(app.port, { target: '/ws?token=token-alice' });
    client.socket.allowHalfOpen = true; // so it does not end when the server does
    await client.message();
    client.write(
      messageFrame({ type: 'subscribe', data: { channels: ['room'] } }),
      messageFrame({ type: 'request', data: { method: 'count' }, correlation_id: 'stream' }),
    );
    while ((await client.message()).type !== 'response');
    client.write(closeFrame);
    expect(await client.closeCode()).toBe(CloseCode.Normal);
    return { app, client };
  }

  it('is no longer connected or present, and gets no events', async () => {
    const { app, client } = await lingering();
    expect(client.socket.closed).toBe(false);
    expect(app.registry.list()).toEqual([]);
    expect((await app.subscriptions.presence('room')).members).toEqual([]);
    expect(await app.subscriptions.broadcast('room', 1)).toEqual({ delivered: 0 });
    expect(app.log.of('connection closed')).toMatchObject([{ code: CloseCode.Normal }]);
  });

  it('has released its connection permit, in all and of its address', async () => {
    const { app, client } = await lingering();
    const next = await app.connect('?token=token-alice');
    await next.next('auth_response');
    expect(client.socket.closed).toBe(false);
  });

  it('has no running streams', async () => {
    const { app } = await lingering();
    await expect.poll(() => app.app.get(Streams).aborted).toBe(true);
  });

  it('is terminated within a second', async () => {
    const { app } = await lingering();
    const server = app.app.getHttpServer() as Server;
    const open = () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    expect(await open()).toBe(1);
    await expect.poll(open, { timeout: 5000 }).toBe(0);
  });
});

describe('a close frame', () => {
  it('is answered after the messages before it', async () => {
    const app = await startApp({ heartbeat: 'frame' });
    const client = await RawClient.upgrade(app.port);
    client.write(
      messageFrame({ type: 'subscribe', data: { channels: ['a'] } }),
      messageFrame({ type: 'ping' }),
      closeFrame,
    );
    expect((await client.message()).type).toBe('subscribe_response');
    expect((await client.message()).type).toBe('pong');
    expect(await client.closeCode()).toBe(CloseCode.Normal);
  });

  it.each([
    ['without a code', Buffer.alloc(0), 1005],
    ['with a code and a reason', Buffer.concat([Buffer.of(0x0f, 0xa0), Buffer.from('enough')]), 4000],
  ])('%s is echoed, and logged', async (_what, payload, code) => {
    const app = await startApp({ heartbeat: 'frame' });
    const client = await RawClient.upgrade(app.port);
    client.write(clientFrame(opcode.close, payload));
    expect(await client.frame()).toEqual({ opcode: opcode.close, payload });
    expect(app.log.of('connection closed')).toMatchObject([{ code }]);
  });
});
