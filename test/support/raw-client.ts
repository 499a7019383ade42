import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import * as msgpack from '@msgpack/msgpack';
import type { ServerMessage } from '@skreaver/protocol';
import { onTestFinished } from 'vitest';
import { opcode, upgradeHead, type UpgradeParts } from './raw-frames.js';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

const WAIT_MS = 30_000;

/** A TCP connection that speaks HTTP and RFC 6455 byte by byte, for what no proper client would send. */
export class RawClient {
  private received: Buffer = Buffer.alloc(0);
  private ended = false;
  private frames = 0;
  /** The socket is closed, by whomever. */
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('data', (chunk) => (this.received = Buffer.concat([this.received, chunk])));
    socket.on('close', () => (this.ended = true));
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Opens a WebSocket, and fails when it is refused. */
  static async upgrade(port: number, parts: UpgradeParts = {}): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.write(upgradeHead(parts));
    const { status, body } = await client.httpAnswer();
    if (status !== 101) throw new Error(`The upgrade was refused: ${status} ${body}`);
    return client;
  }

  /** In one write, so that on loopback it arrives as one segment. */
  write(...parts: readonly (string | Buffer)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  /** Ends the connection with RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  async httpAnswer(): Promise<HttpAnswer> {
    await this.until(() => this.received.includes('\r\n\r\n'), 'an HTTP head');
    const end = this.received.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = this.received.subarray(0, end).toString().split('\r\n');
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers.get('content-length') ?? 0);
    await this.until(() => this.received.length >= end + 4 + length, 'an HTTP body');
    const body = this.received.subarray(end + 4, end + 4 + length).toString();
    this.received = this.received.subarray(end + 4 + length);
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }

  /**
   * The next frame of the server, a whole message each. What an anonymous connection is told of itself, before anything
   * else, is passed over.
   */
  async frame(): Promise<ServerFrame> {
    const frame = await this.nextFrame();
    const isGreeting = this.frames === 1 && isUnaskedWelcome(frame);
    return isGreeting ? this.nextFrame() : frame;
  }

  private async nextFrame(): Promise<ServerFrame> {
    this.frames += 1;
    await this.until(() => frameEnd(this.received) !== undefined, 'a frame');
    const { start, end } = frameEnd(this.received) as FrameBounds;
    const code = (this.received[0] as number) & 0x0f;
    const payload = Buffer.from(this.received.subarray(start, end));
    this.received = this.received.subarray(end);
    return { opcode: code, payload };
  }

  /** The next message of the server; its `ping`, which may come at any time, is passed over. */
  async message(): Promise<ServerMessage> {
    for (;;) {
      const frame = await this.frame();
      const message = messageOf(frame);
      if (message.type !== 'ping') return message;
    }
  }

  /** The code of the server's close frame; what comes before it is passed over. */
  async closeCode(): Promise<number> {
    for (;;) {
      const frame = await this.frame();
      if (frame.opcode === opcode.close) return frame.payload.readUInt16BE(0);
    }
  }

  private async until(holds: () => boolean, what: string): Promise<void> {
    const signal = AbortSignal.timeout(WAIT_MS);
    while (!holds()) {
      if (this.ended) throw new Error(`The server hung up before ${what}; left: ${this.received.toString('latin1')}`);
      // 'close' may come without 'data'; whichever is first.
      const settled = new AbortController();
      const both = { signal: AbortSignal.any([signal, settled.signal]) };
      const waits = [once(this.socket, 'data', both), once(this.socket, 'close', both)];
      for (const wait of waits) wait.catch(() => {});
      try {
        await Promise.race(waits);
      } finally {
        settled.abort();
      }
    }
  }
}

function isUnaskedWelcome(frame: ServerFrame): boolean {
  if (frame.opcode !== opcode.binary && frame.opcode !== opcode.text) return false;
  const message = messageOf(frame);
  if (message.type !== 'auth_response' || message.correlation_id !== undefined) return false;
  return message.data.success && message.data.user_id.startsWith('anonymous_');
}

function messageOf({ opcode: code, payload }: ServerFrame): ServerMessage {
  if (code === opcode.binary) return msgpack.decode(payload) as ServerMessage;
  if (code === opcode.text) return JSON.parse(payload.toString()) as ServerMessage;
  throw new Error(`Not a message: opcode ${code}, "${payload.toString()}"`);
}

interface FrameBounds {
  readonly start: number;
  readonly end: number;
}

/** Where the payload of the first frame lies, once it is all there. Servers do not mask. */
function frameEnd(bytes: Buffer): FrameBounds | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & 0x7f;
  const start = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  return bytes.length < start + length ? undefined : { start, end: start + length };
}
