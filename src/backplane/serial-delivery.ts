import type { BackplaneNode, Publication } from './backplane.js';

type Receiver = Pick<BackplaneNode, 'deliver'>;

/**
 * Serializes deliveries: one ends before the next begins. A publication made during a delivery has to wait. Otherwise
 * the subscribers that come last in that delivery would get the second publication first. An event and its mirror are one
 * delivery, so that nothing comes between them.
 */
export class SerialDelivery {
  private isTaken = false;
  private readonly waiting: (() => void)[] = [];

  /**
   * @param mirrored the same event in another channel, delivered after it even if the first delivery throws
   * @returns the number of subscribers that took the publications; a promise of the number if they had to wait
   * @throws what `BackplaneNode.deliver` threw
   */
  deliver(node: Receiver, publication: Publication, mirrored?: Publication): number | Promise<number> {
    if (this.isTaken) return this.later(node, publication, mirrored);
    this.isTaken = true;
    try {
      return mirrored === undefined ? node.deliver(publication) : deliverBoth(node, publication, mirrored);
    } finally {
      this.isTaken = false;
      this.waiting.shift()?.();
    }
  }

  private later(node: Receiver, publication: Publication, mirrored: Publication | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(this.deliver(node, publication, mirrored));
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

function deliverBoth(node: Receiver, publication: Publication, mirrored: Publication): number {
  let delivered = 0;
  try {
    delivered = node.deliver(publication);
  } finally {
    delivered += node.deliver(mirrored);
  }
  return delivered;
}
