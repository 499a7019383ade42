import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import * as ws from 'ws';
import type { Surface } from './surface.js';

const DEFLATE = 'permessage-deflate';

interface Extension {
  readonly params: { readonly server_max_window_bits?: number };
}

/** The members that `OwnedWebSocket` reads, and the calls that it relies on. */
class ObservedWebSocket extends ws.WebSocket {
  declare readonly _extensions: Record<string, unknown>;
  declare readonly _closeFrameReceived: boolean;
  readonly closeFrameReceivedInClose: boolean[] = [];
  readonly closedWith: (number | undefined)[] = [];
  readonly emitted: [event: string | symbol, first: unknown, second: unknown][] = [];

  override close(code?: number, reason?: string | Buffer): void {
    this.closeFrameReceivedInClose.push(this._closeFrameReceived);
    this.closedWith.push(code);
    super.close(code, reason);
  }

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    this.emitted.push([event, first, second]);
    return super.emit(event, first, second);
  }
}

/** Runs a check with both sides of a connection whose window for frames of the server is 10 bits. */
async function withConnection(
  check: (server: ObservedWebSocket, client: ws.WebSocket, socket: Socket) => Promise<boolean>,
): Promise<boolean> {
  const listener = new ws.WebSocketServer({ port: 0, perMessageDeflate: true, WebSocket: ObservedWebSocket });
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const perMessageDeflate = { serverMaxWindowBits: 10, threshold: 0 };
  const client = new ws.WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate });
  try {
    const [[server, { socket }]] = await Promise.all([
      once(listener, 'connection') as Promise<[ObservedWebSocket, IncomingMessage]>,
      once(client, 'open'),
    ]);
    return await check(server, client, socket);
  } finally {
    client.terminate();
    listener.close();
  }
}

/** Replaces the extension of the server's side, as `Inflation` does. */
function replaceExtension(server: ObservedWebSocket): { cleanedUp: boolean } {
  const seen = { cleanedUp: false };
  server._extensions[DEFLATE] = {
    decompress: (_data: Buffer, isLast: boolean, done: (error: null, data: Buffer) => void) =>
      process.nextTick(done, null, Buffer.from(`inflated ${isLast}`)),
    cleanup: () => (seen.cleanedUp = true),
  };
  return seen;
}

export const wsSurfaces: readonly Surface[] = [
  {
    name: 'WebSocket._extensions',
    dependency: 'ws',
    holds: () =>
      withConnection(async (server, client) => {
        const { params } = server._extensions[DEFLATE] as Extension;
        const seen = replaceExtension(server);
        client.send('text');
        const [data] = (await once(server, 'message')) as [Buffer];
        client.close();
        await once(server, 'close');
        return params.server_max_window_bits === 10 && data.toString() === 'inflated true' && seen.cleanedUp;
      }),
  },
  {
    name: 'WebSocket._closeFrameReceived',
    dependency: 'ws',
    holds: () =>
      withConnection(async (server, client) => {
        client.close(1000);
        await once(server, 'close');
        return server.closeFrameReceivedInClose.length === 1 && server.closeFrameReceivedInClose[0] === true;
      }),
  },
  {
    name: 'WebSocket.close',
    dependency: 'ws',
    holds: () =>
      withConnection(async (server, client) => {
        const closed = new Promise((resolve) => server.once('close', resolve));
        server.on('error', () => {});
        client.send(Buffer.from([0xff]), { binary: false, compress: false });
        await closed;
        return server.closedWith[0] === 1007 && server.closeFrameReceivedInClose[0] === false;
      }),
  },
  {
    name: 'Sender.close',
    dependency: 'ws',
    holds: () =>
      withConnection(async (server, client, socket) => {
        const before = socket.bytesWritten;
        server.close(4000, 'four');
        const written = socket.bytesWritten - before;
        await once(client, 'close');
        return written === 2 + 2 + 4;
      }),
  },
  {
    name: 'WebSocket.emit',
    dependency: 'ws',
    holds: () =>
      withConnection(async (server, client) => {
        client.send('text');
        client.ping('ping');
        client.pong();
        client.close(4001);
        await once(server, 'close');
        const argumentsOf = (name: string): unknown[] => server.emitted.find(([event]) => event === name) ?? [];
        const [, data, isBinary] = argumentsOf('message');
        return (
          String(data) === 'text' &&
          isBinary === false &&
          String(argumentsOf('ping')[1]) === 'ping' &&
          argumentsOf('pong').length > 0 &&
          argumentsOf('close')[1] === 4001
        );
      }),
  },
  {
    name: 'extension',
    dependency: 'ws',
    holds: () => {
      const { extension } = ws as unknown as {
        readonly extension: { parse(header: string): Record<string, unknown>; format(parsed: object): string };
      };
      const header = `${DEFLATE}; server_max_window_bits=10`;
      return extension.format(extension.parse(header)) === header;
    },
  },
];
