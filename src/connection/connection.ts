import type { CloseCode, ServerMessage } from '@skreaver/protocol';
import type { Client, Handshake, Socket } from '../transport/index.js';
import type { ConnectionPermit } from './connection-limiter.js';
import type { Identity } from './identity.js';

export type ConnectionState =
  | { readonly phase: 'unauthenticated'; readonly handshake: Handshake }
  | { readonly phase: 'authenticated'; readonly identity: Identity }
  | { readonly phase: 'closed'; readonly code: number };

/**
 * One client. Every await between a check and its commit is a place where it may change, so a result commits only if
 * {@link generation} is what it was when the check began.
 */
export class Connection implements Client {
  private readonly connectedAtMs = Date.now();
  private current: ConnectionState;
  /** As it was when the state began: the identity is the application's, and what is kept by user must be found again. */
  private user: string | undefined;
  private changes = 0;

  constructor(
    readonly id: string,
    /** The client's address, trusted proxies looked through. */
    readonly clientAddress: string,
    /** For the module's own use; applications send through the registry or `SubscriptionService`. */
    readonly socket: Socket,
    state: ConnectionState,
    /** @internal Given back when the connection ends. */
    readonly permit?: ConnectionPermit,
  ) {
    this.current = state;
    this.user = this.identity?.userId;
  }

  get connectedAt(): Date {
    return new Date(this.connectedAtMs);
  }

  get state(): ConnectionState {
    return this.current;
  }

  /** Grows whenever the user changes or the connection closes. */
  get generation(): number {
    return this.changes;
  }

  get identity(): Identity | undefined {
    return this.current.phase === 'authenticated' ? this.current.identity : undefined;
  }

  get userId(): string | undefined {
    return this.user;
  }

  get isClosed(): boolean {
    return this.current.phase === 'closed';
  }

  /** Sends a message in order with the events. A closed connection takes nothing. */
  send(message: ServerMessage): void {
    this.socket.send(message);
  }

  close(code: CloseCode, retryAfterMs?: number): void {
    this.socket.close(code, retryAfterMs);
  }

  /** @internal For the registry alone, which keeps its index in step. */
  become(state: ConnectionState): void {
    const before = this.user;
    this.current = state;
    this.user = this.identity?.userId;
    if (this.user !== before || state.phase === 'closed') this.changes += 1;
  }
}
