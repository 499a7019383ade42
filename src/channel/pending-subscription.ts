import type { Publication, StoredPublication } from '../backplane/index.js';
import type { Connection } from '../connection/index.js';

/** A place in a channel that is no subscription yet. What is published meanwhile may be kept for it. */
export class PendingSubscription {
  private kept: StoredPublication[] = [];
  private over = false;

  constructor(
    readonly connection: Connection,
    readonly channel: string,
    /** Whether it is to get the joins and leaves of others. */
    readonly watches: boolean,
    /** Publications kept at most; 0 keeps none. */
    private readonly room: number,
  ) {}

  /** It is a subscription now, or the place was given up: the connection, its user or the request is not what it was. */
  get isEnded(): boolean {
    return this.over;
  }

  /** When they are more than there is room for, all are dropped: they can be read from the history. */
  buffer(publication: Publication): void {
    if (this.room === 0 || !isStored(publication)) return;
    if (this.kept.length >= this.room) this.kept = [];
    this.kept.push(publication);
  }

  /** Gives up what was kept, oldest first. */
  drain(): readonly StoredPublication[] {
    const { kept } = this;
    this.kept = [];
    return kept;
  }

  /** @internal For the index alone. */
  end(): void {
    this.over = true;
    this.kept = [];
  }
}

function isStored(publication: Publication): publication is StoredPublication {
  return publication.position !== undefined;
}
