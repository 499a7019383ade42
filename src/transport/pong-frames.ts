import { Buffer } from 'node:buffer';
import type { WebSocket } from 'ws';

/**
 * Answers the ping frames of a peer, one pong on its way at a time: of what came meanwhile only the newest is answered
 * (RFC 6455 §5.5.3), so a peer that pings and does not read costs one pong and no more.
 */
export class PongFrames {
  private isWriting = false;
  private newest: Buffer | undefined;

  constructor(private readonly webSocket: Pick<WebSocket, 'pong'>) {}

  /** @param data of the ping; copied, as it is a part of what was read in one go, up to 64 KiB */
  answer(data: Buffer): void {
    const own = Buffer.from(data);
    if (this.isWriting) this.newest = own;
    else this.write(own);
  }

  private write(data: Buffer): void {
    this.isWriting = true;
    this.webSocket.pong(data, false, this.onWritten);
  }

  /** The kernel has it, or the socket has ended. */
  private readonly onWritten = (): void => {
    this.isWriting = false;
    const { newest } = this;
    if (newest === undefined) return;
    this.newest = undefined;
    this.write(newest);
  };
}
