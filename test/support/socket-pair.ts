import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { type TlsOptions, connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

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
  const psk = Buffer.alloc(32, 7);
  const options = {
    ciphers: 'PSK-AES256-CBC-SHA',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
  } as const satisfies TlsOptions;
  const server = createTlsServer({ ...options, pskCallback: () => psk });
  return pairOf(server, 'secureConnection', (port) =>
    connectTls({
      ...options,
      port,
      host: '127.0.0.1',
      pskCallback: () => ({ psk, identity: 'test' }),
      checkServerIdentity: () => undefined,
    }),
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
