import type { ChannelRequest, Position } from '@skreaver/protocol';

/** The bounds of a channel's history. */
export interface HistoryLimits {
  /** Events kept. */
  readonly size: number;
  /** Milliseconds that an event is kept. */
  readonly ttl: number;
}

/**
 * The receivers that an event is kept from: a connection, all connections of a user, or both. Plain data, as it crosses
 * nodes.
 */
export interface Exclusion {
  /** The id of a connection. It holds until that connection ends. */
  readonly connectionId?: string | undefined;
  /** The id of a user. It holds on all connections of the user, now and later. */
  readonly userId?: string | undefined;
}

/** What an event says, who says it, and from whom it is kept. Nodes get it as it was published. */
export interface EventContent {
  /** The payload as JSON. Bytes in it are their base64 (PROTOCOL §2). */
  readonly dataJson: string;
  /** The same payload as MessagePack, if it has bytes. */
  readonly dataBinary?: Uint8Array | undefined;
  /**
   * The user of the client that published it, as the server authenticated it (PROTOCOL §3, `from`). Absent where the
   * application did.
   */
  readonly userId?: string | undefined;
  /** What the application says of the event, as JSON: an object (PROTOCOL §3, `app`). */
  readonly metadataJson?: string | undefined;
  /** The receivers that never get it (PROTOCOL §3, `skipped`). Never sent to a client. */
  readonly except?: Exclusion | undefined;
}

/** Another channel that gets what is published, and how much of it that channel keeps. */
export interface Mirror {
  readonly channel: string;
  /** Without limits the mirror keeps no history, whatever the source keeps. */
  readonly history?: HistoryLimits | undefined;
}

/** An event as an application or a client publishes it. The idempotency keys of each user are its own. */
export interface NewPublication extends EventContent {
  readonly channel: string;
  /** Without limits the channel keeps no history, and its events have no position. */
  readonly history?: HistoryLimits | undefined;
  /** Published once within five minutes, however often it is sent (PROTOCOL §6). */
  readonly idempotencyKey?: string | undefined;
  /** Gets the same event with a position of its own. It is not the channel itself. */
  readonly mirror?: Mirror | undefined;
  /** Set for presence events alone. They are never kept, never mirrored, and have no position. */
  readonly kind?: 'join' | 'leave' | undefined;
}

/** One event as every node gets it. Immutable, shared by all who read it. */
export interface Publication extends EventContent {
  readonly channel: string;
  /** The channel that it was published in. Set in a mirror alone, whether it is delivered or read. */
  readonly mirroredFrom?: string | undefined;
  /** When it was published, in ms since 1970. */
  readonly timestamp: number;
  /** Undefined in a channel without history, and for presence events. */
  readonly position: Position | undefined;
  readonly kind: 'join' | 'leave' | undefined;
}

/** What an event says, and where it was published if that was another channel. */
export type PublishedContent = EventContent & Pick<Publication, 'mirroredFrom'>;

/** A publication of a channel that keeps history. */
export interface StoredPublication extends Publication {
  readonly position: Position;
}

export function isStored(publication: Publication): publication is StoredPublication {
  return publication.position !== undefined;
}

export interface Receipt {
  /**
   * The number of connections of this node to whose outbox the event was added. Those of the mirror count too. 0 for a
   * duplicate.
   */
  readonly delivered: number;
  /**
   * The number of nodes that the event was handed to: those on which the channel or its mirror is open. 0: nobody gets
   * it. 0 for a duplicate. Absent where there is only one node, or the engine does not tell.
   */
  readonly nodes?: number | undefined;
  readonly position?: Position | undefined;
  /** The idempotency key is known. Nothing was published or mirrored; `position` is that of the first publication. */
  readonly duplicate?: true | undefined;
}

export interface HistoryQuery {
  /** Reads events after this offset (before it, in reverse) of any epoch. The caller compares epochs by `top`. */
  readonly after?: number | undefined;
  /** The maximum number of events. */
  readonly limit: number;
  /** Newest first. Default: oldest first. */
  readonly reverse?: boolean | undefined;
  /**
   * The answer may come from what this node has seen, which may end before the last event that another node published.
   * `top` is then the last position that was seen. Default: false, the state of the engine.
   */
  readonly seen?: boolean | undefined;
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

/**
 * A user in a channel, as one node sees it. It is absolute, so it may be said twice, and the last one counts.
 */
export interface PresenceUpdate {
  readonly channel: string;
  readonly userId: string;
  /** The user's connections on this node. */
  readonly connections: number;
  /** The application's information on the user, as JSON. */
  readonly infoJson: string | undefined;
  /** The data of the events that tell of a join or leave, as JSON. Undefined if nobody is told. */
  readonly announcementJson: string | undefined;
  /** How long in ms the user may be without a connection on any node before leaving. 0: leaves at once. */
  readonly leaveDelay: number;
  /** Nobody is told of a join: the engine has forgotten a user who was here all the time. */
  readonly isQuiet?: boolean | undefined;
}

/**
 * Maximum number of users in a channel with join and leave events. Each change is sent to all the others, so the
 * traffic of n users grows with n². In a larger channel no such events are sent; clients request the members instead.
 */
export const MAX_USERS_TOLD_OF = 1000;

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

/** What a node says of the connections from one address. It is absolute, so it may be said twice, and the last one counts. */
export interface AddressClaim {
  /** An IPv4 address, or the /64 of an IPv6 one. */
  readonly address: string;
  /** The connections of the address on this node. */
  readonly held: number;
  /** The connections that are to be opened besides. */
  readonly wanted: number;
}

/** An event of the application that belongs to no channel. */
export interface DirectEvent extends Omit<EventContent, 'userId'> {
  /** When it was sent, in ms since 1970. */
  readonly timestamp: number;
}

/** A command that every node executes, as the connections that it concerns may be on any of them. */
export type NodeCommand =
  | { readonly kind: 'report' }
  | (DirectEvent & { readonly kind: 'send'; readonly userId: string })
  | (DirectEvent & { readonly kind: 'sendTo'; readonly connectionId: string })
  | (DirectEvent & { readonly kind: 'sendAll' })
  | { readonly kind: 'subscribe'; readonly userId: string; readonly channels: readonly ChannelRequest[] }
  | { readonly kind: 'unsubscribe'; readonly userId: string; readonly channels: readonly string[] }
  | { readonly kind: 'revoke'; readonly userId: string; readonly channel: string | undefined }
  | { readonly kind: 'disconnect'; readonly userId: string; readonly code: number }
  | {
      readonly kind: 'subscribeConnection';
      readonly connectionId: string;
      readonly channels: readonly ChannelRequest[];
    }
  | { readonly kind: 'unsubscribeConnection'; readonly connectionId: string; readonly channels: readonly string[] }
  | {
      readonly kind: 'disconnectConnection';
      readonly connectionId: string;
      readonly code: number;
      readonly retryAfterMs?: number | undefined;
    };

/** What a command did on one node. */
export interface CommandResult {
  /** The number of connections affected. */
  readonly affected: number;
  /** What the node has to say of it, as JSON. */
  readonly replyJson?: string | undefined;
}

export interface CommandOutcome {
  /** The number of connections affected, on the nodes that have confirmed. */
  readonly affected: number;
  /**
   * The number of nodes that have not begun the command within 5 s, as far as is known here. They may be cut off: no
   * later event reaches them either. A node that has begun is waited for, and one that has ended is not counted, as its
   * connections have ended too.
   */
  readonly unconfirmed: number;
  /** What the nodes that have confirmed replied, as JSON; of those that replied. */
  readonly replies: readonly string[];
}

/** Whom a question goes to: all connections of a user, or one connection. */
export type QuestionTarget =
  | { readonly userId: string; readonly connectionId?: undefined }
  | { readonly connectionId: string; readonly userId?: undefined };

/** A question of the application. Plain data, as it crosses nodes. */
export interface Question extends Pick<EventContent, 'dataJson' | 'dataBinary'> {
  /** The `correlation_id` of the question, the same for all who are asked. */
  readonly id: string;
  readonly target: QuestionTarget;
  /** When it was asked, in ms since 1970. */
  readonly timestamp: number;
}

/** Aborts when a question is withdrawn. An `AbortSignal` is one. */
export interface QuestionSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What a client answered. */
export interface Answer {
  /** The data as JSON; undefined where the client sent none. Bytes in it are their base64. */
  readonly dataJson: string | undefined;
  /** The same data as MessagePack, if it has bytes. */
  readonly dataBinary?: Uint8Array | undefined;
}

/** The numbers of several nodes are added up. */
export interface Unanswered {
  /** Connections that were asked, and have ended without an answer. A node that ends meanwhile counts as one. */
  readonly asked: number;
  /** Connections left out, as too many questions wait for them. */
  readonly refused: number;
}

/** What became of a question: the first answer, or how many could have answered. */
export type AskOutcome = { readonly answer: Answer } | (Unanswered & { readonly answer?: undefined });

/** Whether the backplane reaches its engine. */
export interface BackplaneHealth {
  /** `degraded`: what needs the engine is refused. Subscribed clients stay. */
  readonly state: 'live' | 'degraded';
  /** When the state began, in ms since 1970. */
  readonly since: number;
  /** What is wrong, for an operator: one sentence without addresses or credentials. */
  readonly reason?: string | undefined;
}

/** The engine, as it is when a node reaches it again. */
export interface EngineState {
  /** `lost`: it knows nothing of what was before, such as members. */
  readonly memory: 'kept' | 'lost';
  /** `lost`: the node was away for so long that it may have missed commands for good. */
  readonly commands?: 'kept' | 'lost' | undefined;
}

/** A part of an engine that fails on its own, as one of several servers does. Always the same object. */
export interface EnginePart {
  /** Whether all that is kept of a channel is there. */
  holds(channel: string): boolean;
}

/** Which channels have a mirror: the same on all nodes, as a channel may be placed beside its mirror. */
export interface MirrorRules {
  of(channel: string): string | undefined;
  /** Differs where the rules do. */
  readonly signature: string;
}

/** Hears how the way to the engine fares, for metrics. A backplane tells what it knows. */
export interface LinkObserver {
  /**
   * The engine has answered: about once a second, whatever else goes on.
   * @param seconds from the question to the answer, as this process saw it
   * @param engine its place among several that are one, from 1; 1 where there is one
   */
  answered(seconds: number, engine: number): void;
  /**
   * A connection that was lost stands again.
   * @param engine as above
   */
  reconnected(engine: number): void;
}

/** A process with connections, as the backplane sees it. */
export interface BackplaneNode {
  /** Names this process among the nodes of the server. The ids of its connections begin with it, and a dot. */
  readonly id: string;
  /** Absent where no publication has a mirror. */
  readonly mirrors?: MirrorRules | undefined;
  /** Absent where nobody keeps metrics. */
  readonly observer?: LinkObserver | undefined;
  /**
   * Delivers a publication to this node's subscribers and returns how many accepted it. Called only for channels that
   * are open here, in the order of offsets within a channel, and never twice for one position unless the backplane says
   * so.
   */
  deliver(publication: Publication): number;
  /**
   * Begins a command before it returns, so that commands take effect in their order. Returns a promise where the command
   * takes longer, as `subscribe` does. Never throws or rejects.
   */
  execute(command: NodeCommand): CommandResult | Promise<CommandResult>;
  /**
   * Asks connections of this node before it returns, if there are any. Resolves when one has answered, or none can any
   * more. Once the signal aborts, the question is withdrawn: nothing is kept of it. Never throws or rejects.
   */
  ask(question: Question, signal: QuestionSignal): Promise<AskOutcome>;
  /**
   * From now on publications may be missed on the way to this node, until {@link restored}.
   * @param part the channels that it concerns; all if absent
   */
  interrupted(part?: EnginePart): void;
  /** Publications arrive again. The node compares its positions, and reports its members again: those of the part. */
  restored(engine: EngineState, part?: EnginePart): void;
  /**
   * Compares the positions of this node with those of the engine. A backplane over a network calls it every half minute
   * or so, as the last publication of a channel may be missed without a trace.
   */
  checkPositions(part?: EnginePart): void;
}

/**
 * Connects the nodes of a server: publications, history, presence and commands go through it. It is also the injection
 * token. The in-memory implementation serves one node. Every implementation passes
 * `test/contract/backplane.contract.ts`.
 *
 * Every method rejects with a `BackplaneUnavailableError` while the engine cannot be reached; the in-memory one never
 * does. A method's effect holds on all nodes once its promise has resolved.
 */
export abstract class Backplane {
  /** Whether the engine can be reached. */
  abstract get health(): BackplaneHealth;

  /**
   * Joins this process to the cluster. Called once, before anything else.
   * @throws Error with a sentence for an operator, if the engine is not there within 10 s or is unfit
   */
  abstract start(node: BackplaneNode): Promise<void>;

  /** Leaves the cluster and frees what was held. */
  abstract detach(): Promise<void>;

  /**
   * Delivers publications of the channels to this node, from the moment it resolves. Never rejects.
   * @returns the errors by channel; a channel without one is open
   */
  abstract open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>>;

  /** Stops the delivery to this node, from the moment it resolves. */
  abstract close(channel: string): Promise<void>;

  /**
   * Appends, takes a position and hands the event to every node that has the channel open: one atomic step per channel.
   * Two publications of one channel get offsets and reach every node in the same order, and the delivery of one ends
   * before that of the next begins. Resolves when this node has delivered the event too. A node that throws, against its
   * contract, breaks nothing: the event is published, and publish may reject with what was thrown.
   *
   * A mirror, of which {@link BackplaneNode.mirrors} knows, gets the event in the same step, after the source: no reader finds it in one alone, and both have the events
   * of a source in one order. The receipt has the position in the source.
   */
  abstract publish(publication: NewPublication): Promise<Receipt>;

  /**
   * Reads a page of a channel's history and the channel's position, in one atomic step. A channel that is new or was
   * forgotten is at offset 0 of a new epoch, and the next publication continues that epoch.
   */
  abstract history(channel: string, query: HistoryQuery): Promise<HistoryPage>;

  /**
   * Reads the positions of channels that are open here, in bulk. A channel that is new begins as in {@link history}.
   * @param seen the channels, each with the last position that this node has seen, if any: an engine that has gone back
   * behind it has lost events, and begins a new epoch
   * @returns the position of each of these channels, but for those that cannot be read while others can
   * @throws BackplaneUnavailableError where none can be read
   */
  abstract positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>>;

  /**
   * Removes the events that a channel keeps, in one atomic step. Its position stays, as do the positions that users have
   * acknowledged: who is behind cannot recover, and the next publication goes on counting.
   */
  abstract clearHistory(channel: string): Promise<void>;

  /**
   * Stores the position that a user has acknowledged in a channel. Ignores it if a greater offset is stored, if the
   * channel is not there yet, or if the epoch is not the channel's.
   */
  abstract acknowledge(channel: string, userId: string, position: Position): Promise<void>;

  /** Returns the position that a user has acknowledged; undefined if there is none, or if it was forgotten. */
  abstract acknowledged(channel: string, userId: string): Promise<Position | undefined>;

  /**
   * Says how many connections a user has on this node. A user with a connection on any node is a member; without one it
   * stays a member for `leaveDelay`, and up to a second longer. An absence that has begun goes on, however often it is
   * said. In the step in which a user becomes or ceases to be a member, a `join` or `leave` is published, while the
   * channel has at most {@link MAX_USERS_TOLD_OF} users. So they take turns for each user. The newest information counts.
   *
   * The connections of a node count no more when it has left: users without any on another node leave at once. Those of a
   * node that has died are away.
   */
  abstract present(update: PresenceUpdate): Promise<void>;

  /** Lists at most `limit` members, including those briefly away. */
  abstract members(channel: string, limit: number): Promise<readonly Member[]>;

  abstract presenceStats(channel: string): Promise<PresenceStats>;

  /**
   * Says how many connections addresses have on this node, and takes places for more: as many as leave an address at most
   * `max` on all nodes, in one atomic step for each address. The connections of a node count no more when it has left or
   * died. By default each node counts for itself.
   * @returns the places taken, for each claim
   */
  async claim(claims: readonly AddressClaim[], max: number): Promise<readonly number[]> {
    return claims.map(({ held, wanted }) => Math.max(0, Math.min(wanted, max - held)));
  }

  /**
   * Executes a command on every node, or on the one named. Resolves when all have, or some have not begun it within 5 s.
   * These execute it when they are back, in the order of commands and before they get any later event; all but those
   * that send something, which they may miss.
   * @param node the id of the only node to execute it; affects nobody when that node is not there
   */
  abstract dispatch(command: NodeCommand, node?: string): Promise<CommandOutcome>;

  /**
   * Asks connections on every node, or on the one named, and withdraws the question from the others when one has
   * answered. Resolves with the first answer, or when nobody can answer any more: those asked, and the nodes that they
   * were on, have ended. When the signal aborts, or has aborted, the question is withdrawn everywhere and the promise
   * settles; what it settles with is of no matter then. Rejects when this node leaves the cluster.
   * @param node the id of the only node to ask; nobody is asked when that node is not there
   */
  abstract ask(question: Question, signal: QuestionSignal, node?: string): Promise<AskOutcome>;
}
