import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { CloseCode } from '@skreaver/protocol';
import { WebSocket } from 'ws';
import { Inflation } from './inflation.js';

/** Receives the events of a WebSocket. */
export interface WebSocketOwner {
  onMessage(data: Buffer, isBinary: boolean): void;
  onPing(data: Buffer): void;
  onPong(): void;
  /**
   * The peer sent its close frame. No more frames are read. The WebSocket stays open until {@link
   * OwnedWebSocket.sendClose} is called.
   */
  onPeerClose(code: number, reason: string | Buffer): void;
  /**
   * The peer violated the protocol (RFC 6455 §7.1.7). No more frames are read, and `sendClose` is awaited as in
   * `onPeerClose`.
   */
  onViolation(code: number): void;
  /** The socket is closed. */
  onClose(code: number): void;
}

/** Stands for a close frame without a code (RFC 6455 §7.4.1). */
const NO_STATUS = 1005;

const DEFLATE = 'permessage-deflate';
const DEFAULT_WINDOW_BITS = 15;

/** Extension object of ws, after the handshake. */
interface Deflate {
  readonly params: { readonly server_max_window_bits?: number };
}

/** A WebSocket that calls its one owner instead of listeners: a table of five listeners costs a connection 0.6 KB. */
export class OwnedWebSocket extends WebSocket {
  owner: WebSocketOwner | undefined;
  private inflation: Inflation | undefined;
  /** Private member of ws, in which its receiver looks up the extension that inflates a message. */
  declare private readonly _extensions: Record<string, unknown>;
  declare private readonly _closeFrameReceived: boolean;

  /**
   * Replaces ws's own inflation if the connection negotiated permessage-deflate. Call it once, after the handshake.
   * @returns the window bits for frames of the server; 0 without permessage-deflate
   */
  inflateAtOnce(stream: Duplex, maxBytes: number): number {
    const negotiated = this._extensions[DEFLATE] as Deflate | undefined;
    if (negotiated === undefined) return 0;
    this.inflation = new Inflation(this, stream, maxBytes);
    this._extensions[DEFLATE] = this.inflation;
    return negotiated.params.server_max_window_bits ?? DEFAULT_WINDOW_BITS;
  }

  /**
   * Called by ws after the last frame that it reads from the peer. The close frame is left to the owner, which calls
   * {@link sendClose} later. Ws would send it at once, ahead of messages that the owner still has to send.
   */
  override close(code?: number, reason: string | Buffer = ''): void {
    const { owner } = this;
    if (owner === undefined || this.readyState !== this.OPEN) super.close(code, reason);
    else if (this._closeFrameReceived) owner.onPeerClose(code ?? NO_STATUS, reason);
    else owner.onViolation(code ?? CloseCode.ProtocolError);
  }

  /** Sends the close frame; the socket ends when both sides have, or in five seconds. */
  sendClose(code: number, reason: string | Buffer): void {
    if (code === NO_STATUS) super.close();
    else super.close(code, reason);
  }

  override resume(): void {
    super.resume();
    this.inflation?.resume();
  }

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const { owner } = this;
    if (owner === undefined) return false;
    if (event === 'message') owner.onMessage(first as Buffer, second as boolean);
    else if (event === 'ping') owner.onPing(first as Buffer);
    else if (event === 'pong') owner.onPong();
    else if (event === 'close') owner.onClose(first as number);
    else return false;
    return true;
  }
}
