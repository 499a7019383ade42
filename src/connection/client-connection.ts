import type { CloseCode, ServerMessage } from '@skreaver/protocol';
import type { Client, Handshake, Socket } from '../transport/index.js';
import type { ConnectionData } from './connection-data.js';
import type { ConnectionPermit } from './connection-limiter.js';
import type { Connection } from './connection.js';
import type { Identity } from './identity.js';
import { packHandshake, unpackHandshake } from './packed-handshake.js';

export type ConnectionState =
  | { readonly phase: 'unauthenticated'; readonly handshake: Handshake }
  | { readonly phase: 'authenticated'; readonly identity: Identity }
  /** With the identity that it had at its end. */
  | { readonly phase: 'closed'; readonly code: number; readonly identity: Identity | undefined };

/**
 * The time during which a connection is open and belongs to one user (or to none yet). Renewing a token does not end
 * it.
 */
export interface Session {
  /** Turns false once, in the turn in which the user changes or the connection closes. */
  readonly isCurrent: boolean;
}

/** Tells the channels of a connection; implemented by the room of channels, and shared by all connections. */
export interface ChannelLookup {
  channelsOf(connection: ClientConnection): readonly string[];
}

/**
 * A client's connection. Its user may change, and it may close, during every await between a check and its commit: take
 * the {@link session} before the check, and commit only if it still is current.
 */
export class ClientConnection implements Connection, Client {
  /** In ms since 1970. */
  readonly openedAt = Date.now();
  private current: ConnectionState;
  /**
   * The user id when the state began. A copy: the application may change its `Identity`, and entries that are indexed by
   * user must still be found to be removed.
   */
  private user: string | undefined;
  /** Made on first use: many connections never check anything. */
  private running: { isCurrent: boolean } | undefined;
  readonly id: string;
  readonly clientAddress: string;
  /** One string: an idle connection holds no object of its handshake. */
  private readonly packed: string;
  /** Made on first use. */
  private bag: ConnectionData | undefined;

  constructor(
    handshake: Handshake,
    readonly socket: Socket,
    state: ConnectionState,
    private readonly channels: ChannelLookup,
    /** Given back when the connection ends. */
    readonly permit?: ConnectionPermit,
  ) {
    this.id = handshake.connectionId;
    this.clientAddress = handshake.clientAddress;
    this.packed = packHandshake(handshake);
    this.current = state;
    this.user = this.identity?.userId;
  }

  /** As requests of Express and Fastify have it, for guards made for HTTP such as `ThrottlerGuard`. */
  get ip(): string {
    return this.clientAddress;
  }

  get connectedAt(): Date {
    return new Date(this.openedAt);
  }

  get handshake(): Handshake {
    return unpackHandshake(this.packed, this.id, this.clientAddress);
  }

  get data(): ConnectionData {
    this.bag ??= {};
    return this.bag;
  }

  get subscriptions(): readonly string[] {
    return this.channels.channelsOf(this);
  }

  get state(): ConnectionState {
    return this.current;
  }

  get session(): Session {
    this.running ??= { isCurrent: true };
    return this.running;
  }

  get identity(): Identity | undefined {
    return this.current.phase === 'authenticated' ? this.current.identity : undefined;
  }

  /** After the end still the one that it had. */
  get lastIdentity(): Identity | undefined {
    return this.current.phase === 'unauthenticated' ? undefined : this.current.identity;
  }

  /** Undefined while it is open. */
  get closeCode(): number | undefined {
    return this.current.phase === 'closed' ? this.current.code : undefined;
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

  /** For `ConnectionTable` alone, which keeps its index in step. */
  become(state: ConnectionState): void {
    const before = this.user;
    this.current = state;
    this.user = this.identity?.userId;
    if (this.user !== before || state.phase === 'closed') this.endSession();
  }

  private endSession(): void {
    if (this.running !== undefined) this.running.isCurrent = false;
    this.running = undefined;
  }
}
