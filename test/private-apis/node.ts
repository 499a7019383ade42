import type { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Surface } from './surface.js';

interface Inside {
  readonly _handle?: { readonly fd?: number } | null;
  readonly _writableState?: Readonly<Record<string, unknown>>;
  readonly _httpMessage?: ServerResponse | null;
  readonly parser?: { onIncoming?: (request: IncomingMessage, shouldKeepAlive: boolean) => number } | null;
}

/** Runs a check inside the handler of an HTTP request, with the socket that the request came from. */
async function withRequest(check: (socket: Socket & Inside, response: ServerResponse) => boolean): Promise<boolean> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  try {
    const [{ socket }, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    return check(socket, response);
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
}

/** A `_writableState` whose members change in the turn of their cause. */
function isWritableState(socket: Socket & Inside): boolean {
  const { _writableState: state } = socket;
  const before = [state?.['destroyed'], state?.['ending'], state?.['length']];
  socket.cork();
  socket.write('four');
  const length = state?.['length'];
  socket.uncork();
  socket.end();
  const ending = state?.['ending'];
  socket.destroy();
  const after = [length, ending, state?.['destroyed']];
  return (
    JSON.stringify([before, after]) ===
    JSON.stringify([
      [false, false, 0],
      [4, true, true],
    ])
  );
}

/** Whether a server emits an upgrade by its own `emit`, with the request, the socket and the bytes that came after. */
async function isEmittedUpgrade(): Promise<boolean> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('upgrade', () => {});
  const emit = server.emit.bind(server);
  const upgraded = new Promise<unknown[]>((resolve) => {
    server.emit = ((event: string, ...args: unknown[]): boolean => {
      if (event !== 'upgrade') return emit(event, ...args);
      resolve(args);
      return true;
    }) as typeof emit;
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nrest');
  try {
    const [request, socket, head] = (await upgraded) as [IncomingMessage, Socket, Buffer];
    socket.destroy();
    return request.headers.upgrade === 'websocket' && head.toString() === 'rest';
  } finally {
    client.destroy();
    server.close();
  }
}

/** Whether `node:cluster` deals a connection out by the `send` of a worker's process, and says its answer by an event. */
async function isDealtBySend(): Promise<boolean> {
  const script = join(import.meta.dirname, 'children/dealt-connection.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
  return stdout === 'dealt and answered';
}

function isInflateInfo(): boolean {
  const deflated = deflateRawSync('text');
  const { buffer, engine } = inflateRawSync(deflated, { info: true }) as unknown as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  return buffer.toString() === 'text' && engine.bytesWritten === deflated.length;
}

export const nodeSurfaces: readonly Surface[] = [
  {
    name: 'Socket._handle.fd',
    dependency: 'node',
    holds: () => process.platform === 'win32' || withRequest((socket) => (socket._handle?.fd ?? -1) >= 0),
  },
  { name: 'Duplex._writableState', dependency: 'node', holds: () => withRequest(isWritableState) },
  {
    name: 'Socket._httpMessage',
    dependency: 'node',
    holds: () => withRequest((socket, response) => socket._httpMessage === response),
  },
  { name: 'Server.emit', dependency: 'node', holds: isEmittedUpgrade },
  { name: 'inflateRawSync.engine', dependency: 'node', holds: isInflateInfo },
  {
    name: 'Socket.parser.onIncoming',
    dependency: 'node',
    holds: () =>
      withRequest(({ parser }) => typeof parser?.onIncoming === 'function' && parser.onIncoming.length === 2),
  },
  { name: 'ChildProcess.send', dependency: 'node', holds: isDealtBySend },
];
