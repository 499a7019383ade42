import type { BackplaneNode, Publication } from './backplane.js';

/**
 * Serializes deliveries: one ends before the next begins. A publication made during a delivery has to wait. Otherwise
 * the subscribers that come last in that delivery would get the second publication first.
 */
export class SerialDelivery {
  private isTaken = false;
  private readonly waiting: (() => void)[] = [];

  /**
   * @returns the number of subscribers that took the publication; a promise of the number if the publication had to
   * wait
   * @throws what `BackplaneNode.deliver` threw
   */
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
