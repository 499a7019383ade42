import type { PeerName } from '../server/peers/peer-server.js';
import type { ServerUsage } from '../server/server-messages.js';

/** Argument of a reader process, as JSON. */
export interface ReaderArgument {
  readonly peer: PeerName;
  readonly port: number;
}

export type ReaderOrder =
  | { readonly kind: 'connect'; readonly channel: string }
  | { readonly kind: 'begin' }
  | { readonly kind: 'await'; readonly events: number; readonly timeoutMs: number }
  | { readonly kind: 'end' };

/** Each reply has the `kind` of its order. */
export type ReaderReply =
  | { readonly kind: 'connect' }
  | { readonly kind: 'begin' }
  | { readonly kind: 'await'; readonly isComplete: boolean }
  | ({ readonly kind: 'end' } & ReaderUsage);

/** Usage of the client's process between `begin` and `end`. */
export interface ReaderUsage extends ServerUsage {
  /** CPU of the browser's network process, which reads the socket of a page. */
  readonly networkMicros?: number;
  readonly events: number;
  readonly closed: number;
}
