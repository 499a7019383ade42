import type { ClientMessage, CloseCode, Fault, ServerMessage } from '@skreaver/protocol';
import type { Frame } from '../outbound/frame.js';
import type { Outbox } from '../outbound/outbox.js';
import type { Handshake } from './handshake.js';
import type { UpgradeRejection } from './upgrade-rejection.js';

/** A WebSocket as the rooms above use it. */
export interface Socket {
  readonly isOpen: boolean;
  /** Messages that were written to the peer, events among them. */
  readonly sentCount: number;
  /** Its queue of frames, for membership in audiences; only the flusher fills and writes it. */
  readonly outbox: Outbox;
  /**
   * Sends one message to this peer alone, in order with the events.
   * @throws TypeError when it cannot be serialised, FrameTooLargeError when it is larger than `maxBufferedBytes`
   */
  send(message: ServerMessage): void;
  /** {@link send} for a message that is JSON already. @throws RangeError when it is larger than `maxBufferedBytes` */
  sendText(message: string): void;
  /** Queues a frame, in order. Returns false when the peer does not get it: it is gone, or too slow and being cut. */
  push(frame: Frame): boolean;
  /**
   * `undefined` when nothing waits: the kernel has all there was. Else resolves when that is so again, or when the socket
   * has ended. Whoever makes much for one peer waits for it before making more.
   */
  whenDrained(): Promise<void> | undefined;
  /**
   * Says goodbye: what waits is sent first, then the close frame.
   * @throws RangeError for a code that a close frame cannot hold (RFC 6455 §7.4), and nothing has changed
   */
  close(code: CloseCode, retryAfterMs?: number): void;
  /**
   * Closes, and cuts within a second whatever the peer does.
   * @throws RangeError as {@link close}
   */
  closeAndDestroy(code: CloseCode, retryAfterMs?: number): void;
  /** The peer is known now: the bounds for strangers make way for the configured ones. */
  markAuthenticated(): void;
}

/** One connection as the rooms above see it; also the "client" that guards and handlers get. */
export interface Client {
  readonly socket: Socket;
}

/** A place taken for a connection whose WebSocket does not exist yet. Exactly one of the two is called, once. */
export interface UpgradeReservation<C extends Client = Client> {
  /** The WebSocket stands. Messages are read only after this returns. */
  complete(socket: Socket): C;
  /** The peer went away before, or the upgrade failed. */
  cancel(): void;
}

export type UpgradeDecision<C extends Client = Client> =
  { readonly reservation: UpgradeReservation<C> } | { readonly rejection: UpgradeRejection };

/**
 * Decides and observes for the rooms above the transport; the module binds it, and the transport knows no more of them.
 * The transport hands back each client as {@link UpgradeReservation.complete} made it: `C` is the class of all clients.
 */
export abstract class ConnectionHandler<C extends Client = Client> {
  /** Decides on an upgrade request: places, rates, token. Answers within `authTimeout`. */
  abstract onUpgrade(handshake: Handshake, token: string | undefined): Promise<UpgradeDecision<C>>;

  /** A message could not be decoded or was too large; called in its turn among the connection's messages. */
  abstract onInvalidMessage(client: C, fault: Fault): void;

  /**
   * Handles a message and answers it. Nothing is returned where that is done at once; the connection's next message waits
   * for a promise.
   */
  abstract onMessage(client: C, message: ClientMessage): Promise<void> | undefined;

  /** {@link onMessage} threw or rejected: answers that. A throw of its own ends the connection. */
  abstract onHandlerError(client: C, message: ClientMessage, error: unknown): void;

  /** No more messages from or to this client; called once. Its socket may take a second more to close. */
  abstract onDisconnect(client: C, code: number): void;
}
