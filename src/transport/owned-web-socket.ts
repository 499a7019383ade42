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
  private owner: WebSocketOwner | undefined;

  startFor(owner: WebSocketOwner): void {
    this.owner = owner;
    this.on('message', OwnedWebSocket.forwardMessage);
    this.on('ping', OwnedWebSocket.forwardPing);
    this.on('pong', OwnedWebSocket.forwardPong);
    this.on('error', OwnedWebSocket.forwardError);
    this.on('close', OwnedWebSocket.forwardClose);
  }

  private static forwardMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
    (this as OwnedWebSocket).owner?.onMessage(data as Buffer, isBinary);
  }

  private static forwardPing(this: WebSocket): void {
    (this as OwnedWebSocket).owner?.onPing();
  }

  private static forwardPong(this: WebSocket): void {
    (this as OwnedWebSocket).owner?.onPong();
  }

  private static forwardError(this: WebSocket): void {
    (this as OwnedWebSocket).owner?.onError();
  }

  private static forwardClose(this: WebSocket, code: number): void {
    (this as OwnedWebSocket).owner?.onClose(code);
  }
}
