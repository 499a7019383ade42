import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

export interface WireFrame {
  readonly opcode: number;
  /** The first reserved bit: the payload is compressed. */
  readonly compressed: boolean;
  /** Of the payload. */
  readonly bytes: number;
  /** Which read of the connection its header came with: frames with the same one were written together. */
  readonly read: number;
}

/** One direction of a connection: an HTTP head, then frames. */
class Recording {
  private readonly chunks: Buffer[] = [];

  take(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  get head(): string {
    const bytes = Buffer.concat(this.chunks);
    return bytes.subarray(0, bytes.indexOf('\r\n\r\n')).toString();
  }

  /** Whole frames so far. */
  get frames(): WireFrame[] {
    const all = Buffer.concat(this.chunks);
    const frames: WireFrame[] = [];
    let at = all.indexOf('\r\n\r\n') + 4;
    for (;;) {
      const next = frameAt(all, at);
      if (next === undefined) return frames;
      const { end, ...frame } = next;
      frames.push({ ...frame, read: this.readOf(at) });
      at = end;
    }
  }

  private readOf(offset: number): number {
    let end = 0;
    return this.chunks.findIndex((chunk) => (end += chunk.length) > offset);
  }
}

function frameAt(all: Buffer, at: number): (Omit<WireFrame, 'read'> & { readonly end: number }) | undefined {
  if (all.length < at + 2) return undefined;
  const [first, second] = [all.readUInt8(at), all.readUInt8(at + 1)];
  const short = second & 0x7f;
  const header = 2 + ({ 126: 2, 127: 8 }[short] ?? 0);
  if (all.length < at + header) return undefined;
  const bytes = short < 126 ? short : short === 126 ? all.readUInt16BE(at + 2) : Number(all.readBigUInt64BE(at + 2));
  const end = at + header + (second & 0x80 ? 4 : 0) + bytes;
  return end > all.length ? undefined : { opcode: first & 0x0f, compressed: (first & 0x40) !== 0, bytes, end };
}

/** A transparent TCP proxy on loopback for one connection, that keeps what goes by. */
export class WireTap {
  readonly client = new Recording();
  readonly server = new Recording();
  private readonly sockets: Socket[] = [];

  private constructor(readonly port: number) {}

  static async before(target: number): Promise<WireTap> {
    const listener = createServer((client) => tap.pass(client, connect({ port: target, host: '127.0.0.1' })));
    onTestFinished(() => {
      listener.close();
      for (const socket of tap.sockets) socket.destroy();
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const tap = new WireTap((listener.address() as AddressInfo).port);
    return tap;
  }

  get url(): string {
    return `ws://localhost:${this.port}/ws`;
  }

  private pass(client: Socket, server: Socket): void {
    this.sockets.push(client, server);
    for (const [from, to, recording] of [
      [client, server, this.client],
      [server, client, this.server],
    ] as const) {
      from.on('data', (chunk) => recording.take(chunk));
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  }
}
