import { type ChannelRequest, WsErrorCode } from '@skreaver/protocol';
import type { BufferingSubscription, PendingSubscription } from '../channel/index.js';
import { type ClientConnection, type Session, WsError } from '../connection/index.js';
import type { RecoverySource, RecoveryStart, Replay } from '../delivery/index.js';

/**
 * The state of an attempt: `asking` → `reserved`; with recovery `asking` → `buffering` → `read` → `recovering` or
 * `reserved`. Each phase may turn into `failed`.
 */
type AttemptPhase =
  | { readonly name: 'asking' }
  /** The connection is subscribed already, and its permission was confirmed: nothing is reserved. */
  | { readonly name: 'known' }
  | { readonly name: 'reserved'; readonly pending: PendingSubscription }
  | { readonly name: 'buffering'; readonly pending: BufferingSubscription; readonly since: RecoveryStart }
  | { readonly name: 'read'; readonly pending: BufferingSubscription; readonly source: RecoverySource }
  /** Entered in the turn of the response: the client knows that it is subscribed, and the missed events follow. */
  | { readonly name: 'recovering'; readonly replay: Replay }
  | { readonly name: 'failed'; readonly error: WsError };

const ASKING: AttemptPhase = { name: 'asking' };

/** The request of one connection to subscribe to one channel, until it is answered and the missed events are sent. */
export class SubscriptionAttempt {
  phase: AttemptPhase = ASKING;
  readonly channel: string;
  readonly since: RecoveryStart | undefined;
  /** True if the connection is to receive joins and leaves; undefined leaves that unchanged. */
  readonly receivesPresence: boolean | undefined;
  private readonly session: Session;
  private cancellation: WsError | undefined;

  constructor(
    readonly connection: ClientConnection,
    request: ChannelRequest,
  ) {
    const { channel, since, join_leave } = typeof request === 'string' ? { channel: request } : request;
    this.channel = channel;
    this.since = since;
    this.receivesPresence = join_leave;
    this.session = connection.session;
  }

  /** The slot that the attempt holds, if any. */
  get pending(): PendingSubscription | undefined {
    const { phase } = this;
    if (phase.name === 'recovering') return phase.replay.pending;
    return 'pending' in phase ? phase.pending : undefined;
  }

  /** Why the attempt may not go on: the connection, its user or the request is not what it was at the start. */
  get interruption(): WsError | undefined {
    if (this.connection.isClosed) return new WsError(WsErrorCode.ConnectionClosed);
    if (!this.session.isCurrent) return WsError.permissionDenied(this.channel);
    return this.cancellation;
  }

  /** Has the next step fail. The first reason counts. */
  cancel(reason: WsError): void {
    this.cancellation ??= reason;
  }

  fail(error: WsError): void {
    this.phase = { name: 'failed', error };
  }
}
