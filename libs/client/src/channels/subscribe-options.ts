import type { Position } from '@skreaver/protocol';
import type { SubscribeError } from '../errors.js';
import type { ChannelEvent } from './channel-event.js';

/**
 * Why the events do not go on where they stopped. `new`: the subscription has just begun. `unrecovered`: some may have
 * been missed. `epoch`: the channel has begun anew, and some may have been missed. The next event is the one after
 * `position`.
 */
export interface Reset {
  readonly reason: 'new' | 'unrecovered' | 'epoch';
  /** Absent where the channel keeps no history. */
  readonly position?: Position | undefined;
}

/** What `load` returns. */
export interface Loaded {
  readonly state: unknown;
  /** The position that the state is at, if known: events up to it are not given again. */
  readonly position?: Position | undefined;
}

export interface SubscribeOptions<T = unknown> {
  readonly onEvent?: (event: ChannelEvent<T>) => void;
  /** Without one, errors of this subscription go to the client's `error` event. */
  readonly onError?: (error: SubscribeError) => void;
  /** Closes the subscription when it aborts. */
  readonly signal?: AbortSignal;
  /** Called at the beginning, and whenever events may have been missed: load your state now. */
  readonly onReset?: (reset: Reset) => void;
  /**
   * Loads the state that the events change. Called at the beginning and after every reset. The events wait meanwhile, so
   * none falls between the state and the events. A failure is reported, and tried again.
   */
  readonly load?: (context: { readonly signal: AbortSignal }) => Promise<Loaded>;
  /** Gets the state that `load` returned, before the events that came after it. */
  readonly onState?: (state: unknown) => void;
  /** Begin after this position, such as one that was stored. `acked`: after what the user has acknowledged. */
  readonly since?: Position | 'acked';
  /** Begin with the last events of the channel. Needs the permission `history`. */
  readonly replay?: { readonly last: number };
  /** Asks for `join` and `leave`. Needs the permission `presence`. */
  readonly joinLeave?: boolean;
  /** `fill`: events that the server dropped are read from the history, where it still has them. Default: `report`. */
  readonly gaps?: 'report' | 'fill';
  /** Events that may wait for the reader of an iteration, or for `load`. Default: 1,000. */
  readonly buffer?: number | undefined;
  /** What happens to an iteration when too many wait. Default: `error`, the iteration fails. */
  readonly onOverflow?: 'error' | 'oldest';
}
