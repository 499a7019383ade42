/** What a command is made of. */
export type Argument = string | number | Buffer;

/** Hears what comes without having been asked for. */
export interface EngineListener {
  message(name: string, message: Buffer): void;
  /** Some of the subscriptions have ended, since their slots are in another Redis of the cluster now. */
  moved(): void;
  /** Once; nothing comes afterwards. */
  closed(): void;
}

/**
 * A pair of sockets to Redis, for commands and for subscriptions. It never reconnects, never sends anything twice, and ends
 * as a whole. The client library is behind it, so that another one may take its place.
 */
export interface Engine {
  connect(): Promise<void>;
  /** Sends a command at once. Replies come in the order of the commands. Rejects with what Redis answers, or never. */
  call(name: string, args: readonly Argument[]): Promise<unknown>;
  /** The same; texts of the reply are bytes. */
  callForBytes(name: string, args: readonly Argument[]): Promise<unknown>;
  /** Resolves when Redis has confirmed all. */
  subscribe(names: readonly string[]): Promise<unknown>;
  unsubscribe(names: readonly string[]): Promise<unknown>;
  /** Ends both sockets at once, without waiting for the other side. */
  destroy(): void;
}

export type EngineFactory = (listener: EngineListener) => Engine;
