import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Frame } from './outbound/frame.js';

const payload = JSON.stringify(Array.from({ length: 400 }, (_, id) => ({ id, state: `running-${id % 5}` })));

/** Sends a frame to a ws client that offers this window; returns the received text and the negotiated bits. */
async function exchange(
  serverMaxWindowBits: number | undefined,
  sent = payload,
): Promise<{ text: string; agreed: string; rsv1: boolean }> {
  const server = new WebSocketServer({
    port: 0,
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
  });
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  let rsv1 = false;
  server.on('connection', (_, request) => {
    const bits = Number(
      /server_max_window_bits=(\d+)/.exec(request.headers['sec-websocket-extensions'] ?? '')?.[1] ?? 15,
    );
    const bytes = Frame.text(sent).bytesFor(bits);
    rsv1 = ((bytes[0] as number) & 0x40) !== 0;
    request.socket.write(bytes);
  });
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, {
    perMessageDeflate: serverMaxWindowBits === undefined ? {} : { serverMaxWindowBits },
  });
  onTestFinished(() => client.terminate());
  const [data] = (await once(client, 'message')) as [Buffer];
  return { text: data.toString(), agreed: client.extensions, rsv1 };
}

describe('a compressed frame', () => {
  it.each([undefined, 8, 9, 12, 15])('is read by a real client that offers a window of %s bits', async (bits) => {
    const { text, rsv1, agreed } = await exchange(bits);
    expect(text).toBe(payload);
    expect(rsv1).toBe(true);
    expect(agreed).toBe('permessage-deflate');
  });
});

describe('a plain frame', () => {
  it.each([0, 1, 125, 126, 127, 1000])('of %i bytes is read by a real client', async (length) => {
    const { text, rsv1 } = await exchange(undefined, '€'.repeat(length / 3) + 'x'.repeat(length % 3));
    expect(Buffer.byteLength(text)).toBe(length);
    expect(rsv1).toBe(false);
  });
});

describe('a frame over 64 KiB', () => {
  it('is read by a real client', async () => {
    const long = payload.repeat(20);
    expect(long.length).toBeGreaterThan(65_536);
    expect((await exchange(undefined, long)).text).toBe(long);
  });
});
