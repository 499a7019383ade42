import type { Position } from '@skreaver/protocol';

/** The bounds of a channel's history. */
export interface HistoryLimits {
  /** Events kept. */
  readonly size: number;
  /** Milliseconds that an event is kept. */
  readonly ttl: number;
}

/** What an event says, and who says it. Nodes get it as it was published. */
export interface EventContent {
  /** The payload as JSON. */
  readonly dataJson: string;
  /**
   * The user of the client that published it, as the server authenticated it (PROTOCOL §3, `from`). Absent where the
   * application did.
   */
  readonly userId?: string | undefined;
  /** What the application says of the event, as JSON: an object (PROTOCOL §3, `app`). */
  readonly metadataJson?: string | undefined;
}

/** An event as an application or a client publishes it. The idempotency keys of each user are its own. */
export interface NewPublication extends EventContent {
  readonly channel: string;
  /** Without limits the channel keeps no history, and its events have no position. */
  readonly history?: HistoryLimits | undefined;
  /** Published once within five minutes, however often it is sent (PROTOCOL §6). */
  readonly idempotencyKey?: string | undefined;
  /** Set for presence events alone. They are never kept and have no position. */
  readonly kind?: 'join' | 'leave' | undefined;
}

/** One event as every node gets it. Immutable, shared by all who read it. */
export interface Publication extends EventContent {
  readonly channel: string;
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
   * The number of connections to whose outbox the event was added: on all nodes if the backplane knows them, otherwise
   * on this one. 0 for a duplicate.
   */
  readonly delivered: number;
  readonly position?: Position | undefined;
  /** The idempotency key is known. Nothing was published; `position` is that of the first publication. */
  readonly duplicate?: true | undefined;
}

export interface HistoryQuery {
  /** Reads events after this offset (before it, in reverse) of any epoch. The caller compares epochs by `top`. */
  readonly after?: number | undefined;
  /** The maximum number of events. */
  readonly limit: number;
  /** Newest first. Default: oldest first. */
  readonly reverse?: boolean | undefined;
}

export interface HistoryPage {
  /**
   * The kept events have no gap and end at `top`: only the oldest are dropped. A page that begins late shows which are
   * gone.
   */
  readonly publications: readonly StoredPublication[];
  /** The position of the channel at the moment of the read. */
  readonly top: Position;
}

/** A user that is present in a channel, with all its connections. */
export interface Member {
  readonly userId: string;
  /** 0 while the user is away for a short time that does not count as leaving. */
  readonly connections: number;
  /** The application's information on the user, as JSON. */
  readonly infoJson: string | undefined;
}

export interface PresenceStats {
  readonly connections: number;
  readonly users: number;
}

/** A command that every node executes, as the connections that it concerns may be on any of them. */
export type NodeCommand =
  | { readonly kind: 'send'; readonly userId: string; readonly dataJson: string; readonly timestamp: number }
  | { readonly kind: 'sendAll'; readonly dataJson: string; readonly timestamp: number }
  | { readonly kind: 'revoke'; readonly userId: string; readonly channel: string | undefined }
  | { readonly kind: 'disconnect'; readonly userId: string; readonly code: number };

/** A process with connections, as the backplane sees it. */
export interface BackplaneNode {
  /**
   * Delivers a publication to this node's subscribers and returns how many accepted it. Called only for channels that
   * are open here, in the order of offsets within a channel, and never twice for one position unless the backplane says
   * so.
   */
  deliver(publication: Publication): number;
  /** Executes a command before it returns. Returns the number of connections affected. */
  execute(command: NodeCommand): number;
}

/**
 * Connects the nodes of a server: publications, history, presence and commands go through it. It is also the injection
 * token. The in-memory implementation serves one node. Every implementation passes
 * `test/contract/backplane.contract.ts`.
 *
 * Every method may reject with the error of its transport; the in-memory one never does. A method's effect holds on all
 * nodes once its promise has resolved.
 */
export abstract class Backplane {
  /** Joins this process to the cluster. Called once, before anything else. */
  abstract attach(node: BackplaneNode): void;

  /** Leaves the cluster and frees what was held. */
  abstract detach(): Promise<void>;

  /** Delivers publications of the channel to this node, from the moment it resolves. */
  abstract open(channel: string): Promise<void>;

  /** Stops the delivery to this node, from the moment it resolves. */
  abstract close(channel: string): Promise<void>;

  /**
   * Appends, takes a position and delivers: one atomic step per channel. Two publications of one channel get offsets
   * and reach every node in the same order, and the delivery of one ends before that of the next begins. A node that
   * throws, against its contract, breaks nothing: the event is published, and publish may reject with what was thrown.
   */
  abstract publish(publication: NewPublication): Promise<Receipt>;

  /**
   * Reads a page of a channel's history and the channel's position, in one atomic step. A channel that is new or was
   * forgotten is at offset 0 of a new epoch, and the next publication continues that epoch.
   */
  abstract history(channel: string, query: HistoryQuery): Promise<HistoryPage>;

  /**
   * Stores the position that a user has acknowledged in a channel. Ignores it if a greater offset is stored, if the
   * channel is not there yet, or if the epoch is not the channel's.
   */
  abstract acknowledge(channel: string, userId: string, position: Position): Promise<void>;

  /** Returns the position that a user has acknowledged; undefined if there is none, or if it was forgotten. */
  abstract acknowledged(channel: string, userId: string): Promise<Position | undefined>;

  /**
   * Adds a connection of a user; the given information replaces the former. Returns true if the user was not a member:
   * neither connected nor briefly away.
   */
  abstract join(channel: string, userId: string, infoJson: string | undefined): Promise<boolean>;

  /** Removes a connection of a user, who stays a member. Returns the number of connections left. */
  abstract leave(channel: string, userId: string): Promise<number>;

  /** Removes a member without connections. Returns false if the user has come back or is not a member. */
  abstract forget(channel: string, userId: string): Promise<boolean>;

  /** Lists at most `limit` members, including those briefly away. */
  abstract members(channel: string, limit: number): Promise<readonly Member[]>;

  abstract presenceStats(channel: string): Promise<PresenceStats>;

  /** Executes a command on every node. Resolves when all have, with the number of connections affected. */
  abstract dispatch(command: NodeCommand): Promise<number>;
}
