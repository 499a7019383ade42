import { once } from 'node:events';
import { type AddressInfo, type ListenOptions, type Server, type Socket, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

type AtEnd = (end: () => Promise<void>) => void;

/** What a node says to its engine, and what it hears. */
export type Direction = 'requests' | 'replies';

/** One direction of one connection. Its bytes arrive in their order, however late. */
class Lane {
  private readonly underWay: { readonly chunk: Buffer; readonly due: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isEnding = false;

  constructor(
    private readonly to: Socket,
    readonly direction: Direction,
    private readonly isHeld: (direction: Direction) => boolean,
  ) {}

  pass(chunk: Buffer, late: number): void {
    this.underWay.push({ chunk, due: performance.now() + late });
    this.flush();
  }

  /** The sender is gone. What is held still arrives, as it does from a network. */
  end(): void {
    if (this.isHeld(this.direction)) this.isEnding = true;
    else this.to.destroy();
  }

  flush(): void {
    clearTimeout(this.timer);
    for (let next = this.underWay[0]; next !== undefined; next = this.underWay[0]) {
      if (this.isHeld(this.direction)) return;
      const wait = next.due - performance.now();
      if (wait > 0) {
        this.timer = setTimeout(() => this.flush(), wait);
        return;
      }
      this.underWay.shift();
      this.to.write(next.chunk);
    }
    if (this.isEnding && !this.isHeld(this.direction)) this.to.end();
  }
}

/** Stands between a node and its engine, and does to their bytes what networks do. */
export class EngineProxy {
  /** ms by which each chunk is late, in either direction. */
  latency: () => number = () => 0;
  /** Bytes of the engine do not arrive, while its connections stay open. */
  isSilent = false;
  /** Sees each chunk before it is passed on, or held. */
  private watch: (direction: Direction, chunk: Buffer) => void = () => undefined;
  private isRefusing = false;
  private readonly held = new Set<Direction>();
  private readonly lanes = new Set<Lane>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  /** @param target the port of the engine, or the path of its socket; new connections go there */
  private constructor(public target: number | string) {
    this.server = createServer((socket) => this.connect(socket));
  }

  static start(target: number, atEnd: AtEnd = onTestFinished): Promise<EngineProxy> {
    return new EngineProxy(target).listen({ host: '127.0.0.1', port: 0 }, atEnd);
  }

  /** Between Unix sockets. */
  static startOn(path: string, target: string, atEnd: AtEnd = onTestFinished): Promise<EngineProxy> {
    return new EngineProxy(target).listen({ path }, atEnd);
  }

  private async listen(at: ListenOptions, atEnd: AtEnd): Promise<this> {
    this.server.listen(at);
    await once(this.server, 'listening');
    atEnd(async () => {
      this.server.close();
      this.cut();
    });
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Ends all connections, and every new one, until `accept`. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.isRefusing = false;
  }

  /** Ends all connections. New ones are accepted. What is held is lost. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Lets nothing through in these directions, on new connections too, until `release`: then all of it, in its order. */
  hold(...directions: readonly Direction[]): void {
    for (const direction of directions) this.held.add(direction);
  }

  /** Holds a direction from the first request on that has a text in it; resolves then. */
  holdAt(text: string, direction: Direction): Promise<void> {
    return new Promise((resolve) => {
      this.watch = (seen, chunk) => {
        if (seen !== 'requests' || !chunk.includes(text)) return;
        this.watch = () => undefined;
        this.hold(direction);
        resolve();
      };
    });
  }

  release(): void {
    this.held.clear();
    for (const lane of this.lanes) lane.flush();
  }

  private connect(client: Socket): void {
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    const engine = connect(
      typeof this.target === 'string' ? { path: this.target } : { port: this.target, host: '127.0.0.1' },
    );
    this.link(client, engine, 'requests');
    this.link(engine, client, 'replies');
  }

  private link(from: Socket, to: Socket, direction: Direction): void {
    const lane = new Lane(to, direction, (each) => this.held.has(each));
    this.lanes.add(lane);
    this.sockets.add(from);
    from.setNoDelay();
    from.on('data', (chunk: Buffer) => {
      this.watch(direction, chunk);
      if (direction === 'requests' || !this.isSilent) lane.pass(chunk, this.latency());
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.sockets.delete(from);
      lane.end();
    });
    to.on('close', () => this.lanes.delete(lane));
  }
}
