import type { Socket } from 'node:net';
import { tokenOf } from '../server/token.js';
import type { ChannelPosition, Dialect, OpeningStep } from '../dialects/dialect.js';
import { FrameCounter, Opcode } from './frame-counter.js';
import { connectTo } from './connect-to.js';
import { maskedFrame } from './masked-frame.js';

/** Read buffer that all sockets share: each read is handled before the next one starts. */
const shared = Buffer.alloc(256 * 1024);
const HEAD_END = '\r\n\r\n';

export interface Target {
  readonly port: number;
  readonly dialect: Dialect;
  readonly compression: boolean;
  readonly tls: boolean;
  readonly localAddress?: string;
}

/** Notified of every message except pings, once the opening is complete. */
export interface Listener {
  delivered(connection: LoadConnection, bytes: Buffer, start: number, end: number): void;
  read(bytes: number): void;
  closed(reason: string): void;
}

/** WebSocket client on a raw socket: sends the opening of its dialect, then only counts frames. */
export class LoadConnection {
  /** Resolves when the opening is complete, with its last answer. */
  readonly opened: Promise<string>;
  private readonly frames = new FrameCounter((...frame) => this.onFrame(...frame));
  private readonly socket: Socket;
  private readonly pong: Buffer;
  private readonly steps: OpeningStep[];
  private head: string | undefined = '';
  private framesOfOpening = 0;
  private isOpen = false;
  private open: (answer: string) => void = () => {};
  private refuse: (error: Error) => void = () => {};

  constructor(
    private readonly target: Target,
    user: string,
    channels: readonly string[],
    private readonly listener: Listener,
    since?: ChannelPosition,
  ) {
    const token = tokenOf(user);
    this.steps = [...target.dialect.opening(token, channels, since)];
    this.pong = maskedFrame(target.dialect.pong);
    this.opened = new Promise((resolve, reject) => {
      this.open = resolve;
      this.refuse = reject;
    });
    const onread = { buffer: shared, callback: (length: number) => this.onRead(length) };
    this.socket = connectTo(target, onread, () => this.socket.write(upgradeRequest(target, token)));
    this.socket.on('error', (error) => this.end(error.message));
    this.socket.once('close', () => this.end('closed by the server'));
  }

  send(frame: Buffer): void {
    this.socket.write(frame);
  }

  /** Ends the connection; over TCP by a reset, which leaves no port in TIME_WAIT. */
  drop(): Promise<void> {
    this.isOpen = false;
    if (this.socket.destroyed) return Promise.resolve();
    const closed = new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
    if (this.target.tls) this.socket.destroy();
    else this.socket.resetAndDestroy();
    return closed;
  }

  private onRead(length: number): boolean {
    this.listener.read(length);
    if (this.head === undefined) this.frames.push(shared, 0, length);
    else this.readHead(this.head + shared.toString('latin1', 0, length));
    return true;
  }

  private readHead(head: string): void {
    const end = head.indexOf(HEAD_END);
    if (end < 0) {
      this.head = head;
      return;
    }
    if (!head.startsWith('HTTP/1.1 101')) return this.end(`refused: ${head.slice(0, head.indexOf('\r'))}`);
    this.head = undefined;
    this.nextSteps();
    const rest = Buffer.from(head.slice(end + HEAD_END.length), 'latin1');
    this.frames.push(rest, 0, rest.length);
  }

  private onFrame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === Opcode.Close) return;
    if (opcode === Opcode.Ping) return void this.socket.write(maskedFrame(text(bytes, start, end), 'pong'));
    if (start >= 0 && this.target.dialect.isPing(bytes, start, end)) return void this.socket.write(this.pong);
    if (this.isOpen) this.listener.delivered(this, bytes, start, end);
    else this.onOpeningFrame(text(bytes, start, end));
  }

  private onOpeningFrame(answer: string): void {
    if (this.target.dialect.refusal.test(answer)) return this.end(`refused: ${answer.slice(0, 200)}`);
    this.framesOfOpening += 1;
    this.nextSteps();
    if (this.framesOfOpening < this.target.dialect.framesOfOpening) return;
    this.isOpen = true;
    this.open(answer);
  }

  private nextSteps(): void {
    while (this.steps[0] !== undefined && this.steps[0].after <= this.framesOfOpening) {
      this.socket.write(maskedFrame((this.steps.shift() as OpeningStep).message));
    }
  }

  private end(reason: string): void {
    this.refuse(new Error(`a connection was ${reason}`));
    if (this.isOpen) this.listener.closed(reason);
    this.isOpen = false;
    this.socket.destroy();
  }
}

const text = (bytes: Buffer, start: number, end: number): string =>
  start < 0 ? '' : bytes.toString('utf8', start, end);

function upgradeRequest({ port, dialect, compression }: Target, token: string): string {
  return [
    `GET ${dialect.path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Authorization: Bearer ${token}`,
    ...(dialect.subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${dialect.subprotocol}`]),
    ...(compression ? ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'] : []),
    HEAD_END,
  ]
    .join('\r\n')
    .slice(0, -2);
}
