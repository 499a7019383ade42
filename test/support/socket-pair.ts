import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { preSharedKey } from './pre-shared-key.js';

/** Both ends of one connection over loopback, until the test ends. */
export interface SocketPair {
  readonly near: Socket;
  readonly far: Socket;
}

export async function tcpPair(options: { readonly allowHalfOpen?: boolean } = {}): Promise<SocketPair> {
  // As ws sets it.
  const server = createServer({ noDelay: true, ...options });
  return pairOf(server, 'connection', (port) => connect({ port, host: '127.0.0.1', ...options }));
}

/** With a key that both know: without certificates. */
export async function tlsPair(): Promise<SocketPair> {
  return pairOf(createTlsServer(preSharedKey.server), 'secureConnection', (port) =>
    connectTls({ ...preSharedKey.client, port, host: '127.0.0.1' }),
  );
}

async function pairOf(server: Server, accepts: string, connectTo: (port: number) => Socket): Promise<SocketPair> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, accepts) as Promise<[Socket]>;
  const far = connectTo((server.address() as AddressInfo).port);
  const [near] = await accepted;
  server.close();
  onTestFinished(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far };
}
