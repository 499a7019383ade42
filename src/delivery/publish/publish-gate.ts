import { Injectable } from '@nestjs/common';
import { WsError } from '../../connection/index.js';

/**
 * Decides whether this node still publishes. The gate closes before the first connection is told of the shutdown: what
 * it let in reaches every connection, and what it refuses reaches none.
 */
@Injectable()
export class PublishGate {
  private isShut = false;
  private underWay = 0;
  private settled = (): void => {};

  /** Lets a publication in; {@link leave} must follow. @throws WsError `SERVICE_RESTART` */
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

  /** Refuses publications from now on; resolves when those under way are done. */
  close(): Promise<void> {
    this.isShut = true;
    if (this.underWay === 0) return Promise.resolve();
    return new Promise((resolve) => (this.settled = resolve));
  }
}
