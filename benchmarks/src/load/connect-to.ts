import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectByTls, type ConnectionOptions } from 'node:tls';

interface Endpoint {
  readonly port: number;
  readonly tls: boolean;
  /** Where connections come from; each address has ports of its own. Default: chosen by the system. */
  readonly localAddress?: string;
}

/** Opens a socket to a measured server, over TCP or TLS; `onReady` is called once the server can be written to. */
export function connectTo({ port, tls, localAddress }: Endpoint, onread: OnReadOpts, onReady: () => void): Socket {
  const from = localAddress === undefined ? {} : { localAddress };
  const address = { port, host: '127.0.0.1', onread, ...from };
  if (!tls) return connect({ ...address, noDelay: true }, onReady);
  const options: ConnectionOptions = { ...address, rejectUnauthorized: false };
  return connectByTls(options, onReady).setNoDelay(true);
}
