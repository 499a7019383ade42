import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { Inflation } from './inflation.js';

/** Who hears of a WebSocket's events. */
export interface WebSocketOwner {
  onMessage(data: Buffer, isBinary: boolean): void;
  onPing(data: Buffer): void;
  onPong(): void;
  onError(): void;
  onClose(code: number): void;
}

/** A WebSocket that tells its one owner what happens. It has no listeners: a table of five costs a connection 0.6 KB. */
export class OwnedWebSocket extends WebSocket {
  owner: WebSocketOwner | undefined;
  private inflation: Inflation | undefined;
  /** Of ws itself: its receiver looks up here who inflates a compressed message. */
  declare private readonly _extensions: Record<string, unknown>;

  /** For a connection that negotiated permessage-deflate without context takeover. */
  inflateAtOnce(stream: Duplex, maxBytes: number): void {
    this.inflation = new Inflation(this, stream, maxBytes);
    this._extensions['permessage-deflate'] = this.inflation;
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
    else if (event === 'error') owner.onError();
    else if (event === 'close') owner.onClose(first as number);
    else return false;
    return true;
  }
}
