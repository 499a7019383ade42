import type { Receipt } from '../../backplane/index.js';

/** The result of a publication. */
export interface Delivery {
  /** Connections that the event was queued for. Of a server of several nodes, those of this one, unless it was sent to users. */
  readonly delivered: number;
  /**
   * The number of nodes that got the event, where the server has several: 0 means that nobody does. Only of publications in
   * channels.
   */
  readonly nodes?: number;
  /** With `offset`, the event's position; only in channels with history (PROTOCOL §6). */
  readonly epoch?: string;
  readonly offset?: number;
  /** The idempotency key was used before: nothing was published, the position is that of the first publication. */
  readonly duplicate?: true;
}

type Draft = { -readonly [K in keyof Delivery]: Delivery[K] };

export function deliveryOf({ delivered, nodes, position, duplicate }: Receipt): Delivery {
  const delivery: Draft = { delivered };
  if (nodes !== undefined) delivery.nodes = nodes;
  if (position !== undefined) {
    delivery.epoch = position.epoch;
    delivery.offset = position.offset;
  }
  if (duplicate === true) delivery.duplicate = true;
  return delivery;
}
