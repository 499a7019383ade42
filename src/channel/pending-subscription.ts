import { type Publication, type StoredPublication, isStored } from '../backplane/index.js';
import type { ClientConnection } from '../connection/index.js';

/**
 * A slot in a channel that was reserved for a subscription and counts towards the limits. No event is delivered to it
 * yet.
 */
export interface PendingSubscription {
  readonly connection: ClientConnection;
  readonly channel: string;
  /** True if the connection asked for join and leave events. */
  readonly receivesPresence: boolean;
  /**
   * True once the subscription is live or its slot was released, for example because the connection ended or changed
   * its user.
   */
  readonly isEnded: boolean;
}

/**
 * A pending subscription for which publications are buffered from its reservation on, so that a recovery misses none.
 */
export interface BufferingSubscription extends PendingSubscription {
  /** Takes the buffered publications, oldest first. Later publications are buffered anew. */
  drain(): readonly StoredPublication[];
}

/** Implementation of a pending subscription, with the methods that only the index calls. */
export class Reservation implements PendingSubscription {
  private ended = false;

  constructor(
    readonly connection: ClientConnection,
    readonly channel: string,
    readonly receivesPresence: boolean,
  ) {}

  get isEnded(): boolean {
    return this.ended;
  }

  /** Ignores the publication: without a recovery, the subscription begins at the position in its response. */
  buffer(_publication: Publication): void {}

  end(): void {
    this.ended = true;
  }
}

/** Implementation of a {@link BufferingSubscription}. */
export class BufferingReservation extends Reservation implements BufferingSubscription {
  private buffered: StoredPublication[] = [];

  constructor(
    connection: ClientConnection,
    channel: string,
    receivesPresence: boolean,
    /** Maximum number of buffered publications. */
    private readonly capacity: number,
  ) {
    super(connection, channel, receivesPresence);
  }

  /**
   * Buffers a publication that has a position. A full buffer is emptied first, as its publications can be read from the
   * history.
   */
  override buffer(publication: Publication): void {
    if (!isStored(publication)) return;
    if (this.buffered.length >= this.capacity) this.buffered = [];
    this.buffered.push(publication);
  }

  drain(): readonly StoredPublication[] {
    const { buffered } = this;
    this.buffered = [];
    return buffered;
  }

  override end(): void {
    super.end();
    this.buffered = [];
  }
}
