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

/**
 * Leaves out channels that the client is subscribed to already, and knows about. Undefined when nothing is left to tell.
 */
export function newsOf(outcome: Subscribed, known: ReadonlySet<string>): Subscribed | undefined {
  if (known.size === 0) return outcome;
  const { failed } = outcome;
  const subscribed = outcome.subscribed.filter((channel) => !known.has(channel));
  if (subscribed.length + failed.length === 0) return undefined;
  return { subscribed, failed, positions: positionsOf(subscribed, outcome.positions) };
}

function positionsOf(channels: readonly string[], positions: Subscribed['positions']): Subscribed['positions'] {
  const entries = channels.flatMap((channel) => {
    const position = positions?.[channel];
    return position === undefined ? [] : [[channel, position] as const];
  });
  if (entries.length === 0) return undefined;
  return Object.assign(Object.create(null), Object.fromEntries(entries)) as Subscribed['positions'];
}

export function subscribeResponse({ subscribed, failed, positions }: Subscribed): SubscribeResponseMessage['data'] {
  const data = failed.length === 0 ? { success: true, subscribed } : { success: false, subscribed, failed };
  return positions === undefined ? data : { ...data, positions };
}
