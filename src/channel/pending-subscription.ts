import type { Publication, StoredPublication } from '../backplane/index.js';
import type { ClientConnection } from '../connection/index.js';

/**
 * A slot in a channel that was reserved for a subscription and counts towards the limits. No event is delivered to it
 * yet.
 */
export interface PendingSubscription {
  readonly connection: ClientConnection;
  readonly channel: string;
  /** True if the connection is to receive the joins and leaves of others. */
  readonly receivesPresence: boolean;
  /** The subscription is live, or the slot was released: the connection, its user or the request is not what it was. */
  readonly isEnded: boolean;
}

/**
 * A pending subscription for which publications are buffered from its reservation on, so that a recovery misses none.
 */
export interface BufferingSubscription extends PendingSubscription {
  /** Hands over what was buffered, oldest first, and goes on buffering. */
  drain(): readonly StoredPublication[];
}

/** The index's side of a pending subscription. */
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

  /** Buffers nothing: the subscription begins at the position that its answer names. */
  buffer(_publication: Publication): void {}

  end(): void {
    this.ended = true;
  }
}

/** The index's side of a {@link BufferingSubscription}. */
export class BufferingReservation extends Reservation implements BufferingSubscription {
  private buffered: StoredPublication[] = [];

  constructor(
    connection: ClientConnection,
    channel: string,
    receivesPresence: boolean,
    /** Publications buffered at most. */
    private readonly capacity: number,
  ) {
    super(connection, channel, receivesPresence);
  }

  /** Drops all when there is no room for another one: they can be read from the history. */
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

function isStored(publication: Publication): publication is StoredPublication {
  return publication.position !== undefined;
}
