import { once } from 'node:events';
import { type AddressInfo, type ListenOptions, type Server, type Socket, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

type AtEnd = (end: () => Promise<void>) => void;

/** Stands between a node and its engine, and does to their bytes what networks do. */
export class EngineProxy {
  /** ms by which each chunk is late, in either direction. */
  latency: () => number = () => 0;
  /** Bytes of the engine do not arrive, while its connections stay open. */
  isSilent = false;
  private isRefusing = false;
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

  /** Ends all connections. New ones are accepted. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private connect(client: Socket): void {
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    const engine = connect(
      typeof this.target === 'string' ? { path: this.target } : { port: this.target, host: '127.0.0.1' },
    );
    for (const [from, to, isFromEngine] of [
      [client, engine, false],
      [engine, client, true],
    ] as const) {
      this.sockets.add(from);
      let sent: Promise<void> = Promise.resolve();
      from.setNoDelay();
      from.on('data', (chunk: Buffer) => {
        if (isFromEngine && this.isSilent) return;
        const late = this.latency();
        if (late === 0) to.write(chunk);
        else sent = this.pass(sent, late, to, chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }

  /** In the order in which they came. */
  private async pass(before: Promise<void>, late: number, to: Socket, chunk: Buffer): Promise<void> {
    const waited = delay(late);
    await before;
    await waited;
    to.write(chunk);
  }
}
