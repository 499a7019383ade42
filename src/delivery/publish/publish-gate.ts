import { Injectable } from '@nestjs/common';
import { WsError } from '../../connection/index.js';

/**
 * Whether this node still takes what is to be sent. It is shut before the first connection is told of the end: what was taken
 * reaches everybody who is there, and what is refused nobody.
 */
@Injectable()
export class PublishGate {
  private isShut = false;
  private underWay = 0;
  private settled = (): void => {};

  /** Of a publication that begins; {@link leave} follows. @throws WsError `SERVICE_RESTART` */
  enter(): void {
    this.assertOpen();
    this.underWay += 1;
  }

  leave(): void {
    this.underWay -= 1;
    if (this.underWay === 0) this.settled();
  }

  /** @throws WsError `SERVICE_RESTART` */
  assertOpen(): void {
    if (this.isShut) throw WsError.serviceRestart();
  }

  /** Refuses from now on; resolves when what was taken before is done. */
  close(): Promise<void> {
    this.isShut = true;
    if (this.underWay === 0) return Promise.resolve();
    return new Promise((resolve) => (this.settled = resolve));
  }
}
