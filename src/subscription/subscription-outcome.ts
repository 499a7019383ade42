import type { ChannelFailure, Position, SubscribeResponseMessage } from '@skreaver/protocol';
import { WsError } from '../connection/index.js';

/** The position at which a subscription begins. */
export interface StartingPosition extends Position {
  /** True if every event from the client's position up to this one follows. False if missed events do not come. */
  readonly recovered: boolean;
}

export interface Subscribed {
  readonly subscribed: readonly string[];
  readonly failed: readonly ChannelFailure[];
  /**
   * By channel, for channels with history; undefined when none has. Without a prototype, as a channel may have any
   * name.
   */
  readonly positions: Readonly<Record<string, StartingPosition>> | undefined;
}

export interface Unsubscribed {
  readonly unsubscribed: readonly string[];
  readonly failed: readonly ChannelFailure[];
}

/** Reports why a channel failed. The name is echoed shortened: an invalid name may be long. */
export function failureOf(channel: string, error: WsError): ChannelFailure {
  const failure = { channel: WsError.shownChannel(channel), code: error.code, message: error.message };
  const wait = error.details?.['retry_after_ms'];
  return typeof wait === 'number' ? { ...failure, details: { retry_after_ms: wait } } : failure;
}

export function subscribeResponse({ subscribed, failed, positions }: Subscribed): SubscribeResponseMessage['data'] {
  const data = failed.length === 0 ? { success: true, subscribed } : { success: false, subscribed, failed };
  return positions === undefined ? data : { ...data, positions };
}
