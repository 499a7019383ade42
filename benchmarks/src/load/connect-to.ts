import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectByTls, type ConnectionOptions } from 'node:tls';

interface Endpoint {
  readonly port: number;
  readonly tls: boolean;
}

/** Opens a socket to a measured server, over TCP or TLS; `onReady` is called once the server can be written to. */
export function connectTo({ port, tls }: Endpoint, onread: OnReadOpts, onReady: () => void): Socket {
  const address = { port, host: '127.0.0.1', onread };
  if (!tls) return connect({ ...address, noDelay: true }, onReady);
  const options: ConnectionOptions = { ...address, rejectUnauthorized: false };
  return connectByTls(options, onReady).setNoDelay(true);
}
