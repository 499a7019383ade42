import type { Position } from '@skreaver/protocol';

/** How much a channel remembers. */
export interface HistoryLimits {
  /** Events kept. */
  readonly size: number;
  /** Milliseconds that an event is kept. */
  readonly ttl: number;
}

/** What an application or a client publishes. */
export interface NewPublication {
  readonly channel: string;
  /** The payload, JSON already. */
  readonly dataJson: string;
  /** Absent: the channel keeps no history, and its events have no position. */
  readonly history?: HistoryLimits | undefined;
  /** Published once within five minutes, however often it is sent (protocol §6). */
  readonly idempotencyKey?: string | undefined;
  /** The client's user, whose keys are its own. Absent: the application publishes, and the key is one of the application's. */
  readonly userId?: string | undefined;
  /** Set for presence events alone. They are never kept and have no position. */
  readonly kind?: 'join' | 'leave' | undefined;
}

/** One event as every node gets it. Immutable, shared by all who read it. */
export interface Publication {
  readonly channel: string;
  readonly dataJson: string;
  /** When it was published, in ms since 1970. */
  readonly timestamp: number;
  /** Undefined in a channel without history, and for presence events. */
  readonly position: Position | undefined;
  readonly kind: 'join' | 'leave' | undefined;
}

/** A publication of a channel that keeps history. */
export interface StoredPublication extends Publication {
  readonly position: Position;
}

export interface Receipt {
  /**
   * Connections to whose outbox the event went: of all nodes where the backplane can know them, else of this one. 0 for a
   * duplicate.
   */
  readonly delivered: number;
  readonly position?: Position | undefined;
  /** The idempotency key was known: nothing was published, `position` is that of the first one. */
  readonly duplicate?: true | undefined;
}

export interface HistoryQuery {
  /** Only events after this offset (before it, in reverse), whatever their epoch: the caller compares epochs by `top`. */
  readonly after?: number | undefined;
  /** Events at most. */
  readonly limit: number;
  /** Newest first. Default: oldest first. */
  readonly reverse?: boolean | undefined;
}

export interface HistoryPage {
  /** What is kept has no hole and ends at `top`: only the oldest goes. So a page that begins late shows what is gone. */
  readonly publications: readonly StoredPublication[];
  /** Where the channel stands at the moment of the read. */
  readonly top: Position;
}

/** Someone present in a channel: one user with all connections. */
export interface Member {
  readonly userId: string;
  /** 0 while the user is away for so short a time that it counts as no leave. */
  readonly connections: number;
  /** What the application says about the user, JSON already. */
  readonly infoJson: string | undefined;
}

export interface PresenceStats {
  readonly connections: number;
  readonly users: number;
}

/** What every node has to carry out, wherever the connections are. */
export type NodeCommand =
  | { readonly kind: 'send'; readonly userId: string; readonly dataJson: string; readonly timestamp: number }
  | { readonly kind: 'revoke'; readonly userId: string; readonly channel: string | undefined }
  | { readonly kind: 'disconnect'; readonly userId: string; readonly code: number };

/** A process with connections, as the backplane sees it. */
export interface BackplaneNode {
  /**
   * Hands a publication to this node's subscribers; returns how many took it. Called only for channels that are open here,
   * per channel in the order of offsets, never for the same position twice unless the backplane says it may.
   */
  deliver(publication: Publication): number;
  /** Carries a command out before it returns; returns the connections it met. */
  execute(command: NodeCommand): number;
}

/**
 * The one seam between the nodes of a server. In memory it is a cluster of one; another implementation passes the same
 * contract suite (`test/contract/backplane.contract.ts`). Also the injection token.
 *
 * Every method may reject with what its transport threw; the in-memory one never does. What a method promises holds on all
 * nodes once its promise has resolved.
 */
export abstract class Backplane {
  /** Joins this process to the cluster. Called once, before anything else. */
  abstract attach(node: BackplaneNode): void;

  /** Leaves the cluster and frees what was held. */
  abstract detach(): Promise<void>;

  /** From when it resolves, publications to the channel are delivered to this node. */
  abstract open(channel: string): Promise<void>;

  /** From when it resolves, no more of them are. */
  abstract close(channel: string): Promise<void>;

  /**
   * Appends, takes a position and delivers: one atomic step per channel. Two publications of one channel get offsets and
   * reach every node in the same order, and the delivery of one ends before that of the next begins. A node that throws,
   * against its contract, breaks nothing: the event is published, and publish may reject with what was thrown.
   */
  abstract publish(publication: NewPublication): Promise<Receipt>;

  /**
   * Reads what a channel remembers, and where it stands, in one atomic step. A channel that was never used, or is forgotten,
   * stands at offset 0 of a new epoch, which the next publication goes on with.
   */
  abstract history(channel: string, query: HistoryQuery): Promise<HistoryPage>;

  /**
   * Stores how far a user has got in a channel. Changes nothing when a greater offset is known, when the channel has not got
   * so far, or when the epoch is not the channel's.
   */
  abstract acknowledge(channel: string, userId: string, position: Position): Promise<void>;

  /** How far a user has got; undefined when that was never said, or is forgotten. */
  abstract acknowledged(channel: string, userId: string): Promise<Position | undefined>;

  /**
   * Counts a connection of a user in; what is said of the user now replaces what was. Returns true when the user was not
   * there: neither connected nor only briefly away.
   */
  abstract join(channel: string, userId: string, infoJson: string | undefined): Promise<boolean>;

  /** Counts a connection out; the user stays a member. Returns the connections left. */
  abstract leave(channel: string, userId: string): Promise<number>;

  /** Removes a member without connections. Returns false when the user has come back, or is no member. */
  abstract forget(channel: string, userId: string): Promise<boolean>;

  /** At most `limit` members, those who are only briefly away among them. */
  abstract members(channel: string, limit: number): Promise<readonly Member[]>;

  abstract presenceStats(channel: string): Promise<PresenceStats>;

  /** Has every node carry a command out. Resolves when all have, with the connections they met. */
  abstract dispatch(command: NodeCommand): Promise<number>;
}
