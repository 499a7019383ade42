import { Buffer } from 'node:buffer';
import type { WebSocket } from 'ws';

/**
 * Bound of the pongs that the kernel has not taken yet: as many as the control frames that a peer may send in a second.
 */
const MAX_ON_THEIR_WAY = 20;

/**
 * Answers the ping frames of a peer. While pongs wait at this bound because the peer does not read, only its newest
 * ping is answered (RFC 6455 §5.5.3).
 */
export class PongFrames {
  private onTheirWay = 0;
  private newest: Buffer | undefined;

  constructor(private readonly webSocket: Pick<WebSocket, 'pong'>) {}

  /** @param data payload of the ping; copied, as it is a slice of a read buffer of up to 64 KiB */
  answer(data: Buffer): void {
    const own = Buffer.from(data);
    if (this.onTheirWay < MAX_ON_THEIR_WAY) this.write(own);
    else this.newest = own;
  }

  private write(data: Buffer): void {
    this.onTheirWay += 1;
    this.webSocket.pong(data, false, this.onWritten);
  }

  /** Called when the kernel has taken a pong, or the socket has ended. */
  private readonly onWritten = (): void => {
    this.onTheirWay -= 1;
    const { newest } = this;
    if (newest === undefined) return;
    this.newest = undefined;
    this.write(newest);
  };
}
