import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/**
 * `reset`: RST to both sides. `finish`: FIN to both. `stall`: reads no more, of either side, until released. `spare`: all
 * goes on; whoever planned it cuts by other means.
 */
export type CutKind = 'reset' | 'finish' | 'stall' | 'spare';

/** One TCP connection through the proxy. */
class Link {
  state: 'open' | 'stalled' | 'cut' = 'open';

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
  ) {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => other.end(() => other.destroy()));
    }
  }

  cut(kind: CutKind): void {
    if (kind === 'spare') return;
    this.state = kind === 'stall' ? 'stalled' : 'cut';
    for (const socket of [this.client, this.server]) {
      if (kind === 'stall') socket.pause();
      else if (kind === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
  }

  /** Reads on: what the kernel held meanwhile arrives, then whatever became of the other side. */
  release(): void {
    this.state = 'open';
    this.client.resume();
    this.server.resume();
  }

  destroy(): void {
    this.client.destroy();
    this.server.destroy();
  }
}

/**
 * A TCP proxy on loopback that is transparent until it cuts, at an exact byte: what comes before has gone through,
 * nothing after it has. Both directions count.
 */
export class CuttingProxy {
  private readonly links = new Set<Link>();
  private planned: { readonly kind: CutKind; readonly onCut: () => void; bytesLeft: number } | undefined;

  private constructor(
    private readonly listener: Server,
    /** The port that new connections go to. */
    public target: number,
  ) {
    listener.on('connection', (client) => this.open(client));
  }

  static async start(target: number): Promise<CuttingProxy> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new CuttingProxy(listener, target);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Cuts once, after so many bytes more (at least 1). Replaces a cut not yet made. */
  cutAfter(bytes: number, kind: CutKind, onCut: () => void = () => {}): void {
    this.planned = { kind, onCut, bytesLeft: bytes };
  }

  /** Forgets a cut not yet made. */
  spare(): void {
    this.planned = undefined;
  }

  get isStalled(): boolean {
    return [...this.links].some(({ state }) => state === 'stalled');
  }

  release(): void {
    for (const link of this.links) if (link.state === 'stalled') link.release();
  }

  async close(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const link of this.links) link.destroy();
    await closed;
  }

  private open(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1' });
    const link = new Link(client, server);
    this.links.add(link);
    client.on('close', () => this.links.delete(link));
    client.on('data', (chunk) => this.pass(link, chunk, client, server));
    server.on('data', (chunk) => this.pass(link, chunk, server, client));
  }

  private pass(link: Link, chunk: Buffer, from: Socket, to: Socket): void {
    if (link.state === 'cut') return;
    const cut = this.planned;
    if (cut === undefined || chunk.length < cut.bytesLeft) {
      if (cut !== undefined) cut.bytesLeft -= chunk.length;
      forward(link, chunk, from, to);
      return;
    }
    this.planned = undefined;
    to.write(chunk.subarray(0, cut.bytesLeft));
    link.cut(cut.kind);
    const rest = chunk.subarray(cut.bytesLeft);
    if (cut.kind === 'spare') to.write(rest);
    // A stalled peer has not read the rest: it comes when the peer reads again.
    if (cut.kind === 'stall') from.unshift(rest);
    cut.onCut();
  }
}

/** Holds the sender back while the receiver does not take it, as one TCP connection would. */
function forward(link: Link, chunk: Buffer, from: Socket, to: Socket): void {
  if (to.write(chunk)) return;
  from.pause();
  to.once('drain', () => {
    if (link.state === 'open') from.resume();
  });
}
