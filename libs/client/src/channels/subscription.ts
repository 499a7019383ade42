import type { EventMetadata, Position } from '@skreaver/protocol';
import type { SubscribeError } from '../errors.js';
import type { Wait } from '../wait.js';
import type { ChannelEvent } from './channel-event.js';
import type { Reset } from './subscribe-options.js';

/**
 * A new frozen object for each change. `idle`: the client is not connected. `failed`: the server refused it, or ended
 * it; it is tried again with the next connection.
 */
export interface SubscriptionState {
  readonly status: 'idle' | 'subscribing' | 'subscribed' | 'failed' | 'closed';
  readonly error?: SubscribeError | undefined;
}

/** A user who joined or left the channel. */
export interface Member {
  readonly userId: string;
  /** What the application shows of the user. */
  readonly info?: unknown;
}

export interface SubscriptionEvents<T> {
  status: SubscriptionState;
  event: ChannelEvent<T>;
  reset: Reset;
  /** The state that `load` returned. */
  state: unknown;
  /** The server dropped events: their offsets, or `true` where the channel has none. */
  gap: NonNullable<EventMetadata['gap']>;
  join: Member;
  leave: Member;
  error: SubscribeError;
}

/**
 * One reader of a channel. All readers of a channel share one subscription of the connection. It outlives connections:
 * what was missed is recovered, or `reset` says that it cannot be. Iterating gives the events; leaving the loop closes it.
 */
export interface Subscription<T = unknown> extends AsyncIterable<ChannelEvent<T>>, Disposable {
  readonly channel: string;
  readonly state: SubscriptionState;
  /** That of the last event given. Store it to go on from there, by `since`. */
  readonly position: Position | undefined;
  /** @returns a function that removes the listener */
  readonly on: <E extends keyof SubscriptionEvents<T>>(
    event: E,
    listener: (value: SubscriptionEvents<T>[E]) => void,
  ) => () => void;
  /** Resolves when subscribed. Rejects with the {@link SubscribeError} when that failed. */
  readonly ready: (wait?: Wait) => Promise<void>;
  /** No event comes after it. Never fails. */
  readonly close: () => void;
}
