import type { Receipt } from '../../backplane/index.js';

/** The result of a publication. */
export interface Delivery {
  /** Connections that the event was queued for. */
  readonly delivered: number;
  /** With `offset`, the event's position; only in channels with history (PROTOCOL §6). */
  readonly epoch?: string;
  readonly offset?: number;
  /** The idempotency key was used before: nothing was published, the position is that of the first publication. */
  readonly duplicate?: true;
}

export function deliveryOf({ delivered, position, duplicate }: Receipt): Delivery {
  if (position === undefined) return duplicate === true ? { delivered, duplicate } : { delivered };
  const { epoch, offset } = position;
  return duplicate === true ? { delivered, epoch, offset, duplicate } : { delivered, epoch, offset };
}
