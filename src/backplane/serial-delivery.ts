import type { BackplaneNode, Publication } from './backplane.js';

/**
 * Lets one delivery end before the next begins. A publication made while another is being delivered waits for its end:
 * else the subscribers that come last would get the second one first.
 */
export class SerialDelivery {
  private isTaken = false;
  private readonly waiting: (() => void)[] = [];

  /** @returns how many took it; a promise of it when it had to wait. @throws what the node threw */
  deliver(node: BackplaneNode, publication: Publication): number | Promise<number> {
    if (this.isTaken) return this.later(node, publication);
    this.isTaken = true;
    try {
      return node.deliver(publication);
    } finally {
      this.isTaken = false;
      this.waiting.shift()?.();
    }
  }

  private later(node: BackplaneNode, publication: Publication): Promise<number> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(this.deliver(node, publication));
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
