import type { ChannelFailure, Position, SubscribeResponseMessage } from '@skreaver/protocol';
import { WsError } from '../connection/index.js';

/** Where a subscription begins. */
export interface StartingPosition extends Position {
  /** Every event from where the client was up to here follows. False: what was missed, if anything, does not come. */
  readonly recovered: boolean;
}

export interface Subscribed {
  readonly subscribed: readonly string[];
  readonly failed: readonly ChannelFailure[];
  /** By channel, of those that keep history; undefined when there is none. Has no prototype, as a channel may have any name. */
  readonly positions: Readonly<Record<string, StartingPosition>> | undefined;
}

export interface Unsubscribed {
  readonly unsubscribed: readonly string[];
  readonly failed: readonly ChannelFailure[];
}

/** A name that is none may be long; what is echoed of it is not. */
export function failureOf(channel: string, error: WsError): ChannelFailure {
  const failure = { channel: WsError.shownChannel(channel), code: error.code, message: error.message };
  const wait = error.details?.['retry_after_ms'];
  return typeof wait === 'number' ? { ...failure, details: { retry_after_ms: wait } } : failure;
}

export function subscribeResponse({ subscribed, failed, positions }: Subscribed): SubscribeResponseMessage['data'] {
  const data = failed.length === 0 ? { success: true, subscribed } : { success: false, subscribed, failed };
  return positions === undefined ? data : { ...data, positions };
}
