import { createRequire } from 'node:module';
import { CloseCode } from '@skreaver/protocol';
import { WebSocket, WebSocketServer } from 'ws';
import { describe, expect, it, vi } from 'vitest';
import { TimerWheel } from '../../src/timers/index.js';
import { RawClient } from '../support/raw-client.js';
import { clientFrame, messageFrame, opcode } from '../support/raw-frames.js';
import { type TestApp, startApp } from '../support/test-app.js';
import type { TestClient } from '../support/test-client.js';

const MIB = 1_048_576;
const FIRST_BOUNDED_WS = [8, 23, 0] as const;

function isAtLeast(version: string, [major, minor, patch]: readonly [number, number, number]): boolean {
  const [a = 0, b = 0, c = 0] = version.split('.').map(Number);
  return a !== major ? a > major : b !== minor ? b > minor : c >= patch;
}

function wireOf(client: TestClient): { write(bytes: Buffer): boolean; pause(): void; destroyed: boolean } {
  return (client.webSocket as unknown as { _socket: ReturnType<typeof wireOf> })._socket;
}

describe('a flood of pings from a client that does not read', () => {
  it('is handled by ws 8.23.0 or later, whatever the adapter of Nest depends on', async () => {
    const gateModule = new URL('../../src/transport/upgrade/upgrade-handler.ts', import.meta.url);
    const { version } = createRequire(gateModule)('ws/package.json') as { version: string };
    expect(isAtLeast(version, FIRST_BOUNDED_WS)).toBe(true);
    const app = await startApp();
    await app.connect();
    // The class that serves is the one that this version of ws exports.
    const { socket } = app.registry.list()[0] as unknown as { socket: { environment: object; webSocket: object } };
    const served = createRequire(gateModule)('ws') as { WebSocket: new () => object; WebSocketServer: unknown };
    expect(socket.webSocket).toBeInstanceOf(served.WebSocket);
    expect(WebSocketServer).toBe(served.WebSocketServer);
  });

  it('closes its connection before it costs memory', async () => {
    const app = await startApp();
    const client = await app.connect('', { perMessageDeflate: false });
    const wire = wireOf(client);
    client.stall();
    // Ping frames with 125 bytes each, as many as go into a write of 64 KiB.
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const chunk = Buffer.concat(Array.from({ length: 500 }, () => ping));
    const before = process.memoryUsage.rss();
    let sent = 0;
    while (app.registry.list().length > 0 && sent < 50 * MIB) {
      wire.write(chunk);
      sent += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(app.registry.list()).toEqual([]);
    expect(sent).toBeLessThan(5 * MIB);
    expect(process.memoryUsage.rss() - before).toBeLessThan(30 * MIB);
  });
});

/** What the server holds of its newest connection. */
function serverSideOf(app: TestApp): { isPaused: boolean; readyState: number } {
  const { socket } = app.registry.list().at(-1) as unknown as { socket: { webSocket: WebSocket } };
  return socket.webSocket;
}

describe.each([
  ['pings', opcode.ping],
  ['unsolicited pongs', opcode.pong],
] as const)('a flood of %s', (_what, code) => {
  it('arms one deadline, and is not read any more once the connection closes', async () => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port);
    const served = serverSideOf(app);
    const after = vi.spyOn(app.app.get(TimerWheel), 'after');
    client.write(...Array.from({ length: 5000 }, () => clientFrame(code, '')));
    expect(await client.closeCode()).toBe(4003);
    expect(after).toHaveBeenCalledTimes(1);
    expect(served.isPaused).toBe(true);
    expect(served.readyState).toBe(WebSocket.CLOSING);
    await client.closed;
  });
});

describe('a connection that keeps sending after it was told to close', () => {
  it('is not read any more beyond what may have been on its way', async () => {
    const app = await startApp({ bufferSize: 10 });
    const client = await RawClient.upgrade(app.port);
    const served = serverSideOf(app);
    const ping = messageFrame({ type: 'ping' });
    app.table.list()[0]?.socket.close(CloseCode.SessionExpired);
    client.write(...Array.from({ length: 9 }, () => ping));
    expect(await client.closeCode()).toBe(4004);
    expect(served.isPaused).toBe(false);
    client.write(...Array.from({ length: 1000 }, () => ping));
    await vi.waitUntil(() => served.isPaused, 20_000);
  });
});

describe('nine connections of one address that flood the server with pings', () => {
  it('cost no memory, and do not delay others', async () => {
    const app = await startApp();
    const bystander = await app.connect();
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => clientFrame(opcode.ping, '')));
    const before = process.memoryUsage.rss();
    const attackers = await Promise.all(Array.from({ length: 9 }, () => RawClient.upgrade(app.port)));
    for (const { socket } of attackers) {
      const pump = (): void => {
        while (!socket.destroyed && socket.write(flood));
      };
      socket.on('drain', pump);
      pump();
    }
    const waits: number[] = [];
    while (app.registry.list().length > 1 || waits.length < 50) {
      const askedAt = performance.now();
      bystander.send({ type: 'ping' });
      await bystander.next('pong');
      waits.push(performance.now() - askedAt);
    }
    expect(app.app.get(TimerWheel).size).toBeLessThan(30);
    await Promise.all(attackers.map(({ closed }) => closed));
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * MIB);
    expect(Math.max(...waits)).toBeLessThan(1500);
  });
});
