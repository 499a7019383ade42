import { createRequire } from 'node:module';
import { WebSocketServer } from 'ws';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';
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

describe('a flood of pings by a peer that does not read (reliability 0.1)', () => {
  it('meets a ws of 8.23.0 or later, whatever the adapter of Nest depends on', async () => {
    const gateModule = new URL('../../src/transport/upgrade-gate.ts', import.meta.url);
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

  it('ends within a second, before it costs memory', async () => {
    const app = await startApp();
    const client = await app.connect('', { perMessageDeflate: false });
    const wire = wireOf(client);
    client.stall();
    // Ping frames with 125 bytes each, as many as go into a write of 64 KiB.
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const chunk = Buffer.concat(Array.from({ length: 500 }, () => ping));
    const before = process.memoryUsage.rss();
    const startedAt = performance.now();
    let sent = 0;
    while (app.registry.list().length > 0 && sent < 50 * MIB) {
      wire.write(chunk);
      sent += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(app.registry.list()).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(sent).toBeLessThan(5 * MIB);
    expect(process.memoryUsage.rss() - before).toBeLessThan(30 * MIB);
  });
});
