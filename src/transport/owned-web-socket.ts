import type { Buffer } from 'node:buffer';
import { WebSocket } from 'ws';

/** Who hears of a WebSocket's events. */
export interface WebSocketOwner {
  onMessage(data: Buffer, isBinary: boolean): void;
  onPing(): void;
  onPong(): void;
  onError(): void;
  onClose(code: number): void;
}

/** A WebSocket that knows its owner, so that its listeners are shared functions and cost a connection no closures. */
export class OwnedWebSocket extends WebSocket {
  owner: WebSocketOwner | undefined;

  startFor(owner: WebSocketOwner): void {
    this.owner = owner;
    this.on('message', onMessage);
    this.on('ping', onPing);
    this.on('pong', onPong);
    this.on('error', onError);
    this.on('close', onClose);
  }
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as OwnedWebSocket).owner?.onMessage(data as Buffer, isBinary);
}

function onPing(this: WebSocket): void {
  (this as OwnedWebSocket).owner?.onPing();
}

function onPong(this: WebSocket): void {
  (this as OwnedWebSocket).owner?.onPong();
}

function onError(this: WebSocket): void {
  (this as OwnedWebSocket).owner?.onError();
}

function onClose(this: WebSocket, code: number): void {
  (this as OwnedWebSocket).owner?.onClose(code);
}
