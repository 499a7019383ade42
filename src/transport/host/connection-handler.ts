import type { ClientMessage, CloseCode, Fault, ServerMessage } from '@skreaver/protocol';
import type { Heartbeat } from '../../config/index.js';
import type { EncodingName } from '../../metrics/index.js';
import type { Frame } from '../outbound/frame.js';
import type { Outbox } from '../outbound/outbox.js';
import type { Handshake, UpgradeHandshake } from './handshake.js';
import type { UpgradeRejection } from './upgrade-rejection.js';

/** The WebSocket of one connection, as other rooms use it. */
export interface Socket {
  readonly isOpen: boolean;
  readonly encodingName: EncodingName;
  /** Whether the server pings this peer by messages, or by frames. */
  readonly pingsBy: Heartbeat;
  /** Number of frames that the outbox has written: responses, events and heartbeat pings. */
  readonly sentCount: number;
  /** Queue of this socket's frames, which an audience holds as a member; only the flusher fills and writes it. */
  readonly outbox: Outbox;
  /**
   * Sends one message to this peer alone, in order with the events.
   * @throws TypeError when it cannot be serialised, FrameTooLargeError when it is larger than `maxBufferedBytes`
   */
  send(message: ServerMessage): void;
  /**
   * {@link send} for a message that is JSON already.
   * @param packed makes the same message in MessagePack. Default: from the text.
   * @throws RangeError when the JSON is larger than `maxBufferedBytes`
   */
  sendText(message: string, packed?: () => Uint8Array): void;
  /**
   * Queues a frame, in order. Returns false if the peer does not get the frame: the socket is closed, or the peer is
   * too slow and is being disconnected.
   */
  push(frame: Frame): boolean;
  /**
   * `undefined` when the kernel has taken all frames. Otherwise resolves when it has, or when the socket has ended.
   * Producers of much data for one peer should await it (backpressure).
   */
  whenDrained(): Promise<void> | undefined;
  /**
   * Sends the waiting frames, then the close frame.
   * @throws RangeError for a code that a close frame cannot hold (RFC 6455 §7.4); the connection stays open then
   */
  close(code: CloseCode, retryAfterMs?: number): void;
  /**
   * Closes as {@link close} does, and destroys the socket within a second, whatever the peer does.
   * @throws RangeError as {@link close}
   */
  closeAndDestroy(code: CloseCode, retryAfterMs?: number): void;
  /** Call it when the peer has authenticated: the configured inbound bounds replace those for unauthenticated peers. */
  markAuthenticated(): void;
}

/** One connection, as the transport knows it; also the "client" that guards and handlers get. */
export interface Client {
  readonly socket: Socket;
}

/** A permit for a connection whose WebSocket does not exist yet. Exactly one of its methods is called, once. */
export interface UpgradeReservation<C extends Client = Client> {
  /** The WebSocket is open. Messages are read only after this returns. */
  complete(socket: Socket): C;
  /** The peer has gone, or the upgrade failed. */
  cancel(): void;
}

export type UpgradeDecision<C extends Client = Client> =
  { readonly reservation: UpgradeReservation<C> } | { readonly rejection: UpgradeRejection };

/**
 * Decides for the transport and receives its events; implemented by the gateway. The transport hands back each client
 * as {@link UpgradeReservation.complete} made it: `C` is the class of all clients.
 */
export abstract class ConnectionHandler<C extends Client = Client> {
  /**
   * Decides on an upgrade request: permits, rates, token. Answers within `authTimeout` for each of the checks of
   * the token and of the channels to subscribe to.
   * @param disclose what else may identify the client; asked only where there is no token
   */
  abstract onUpgrade(
    handshake: Handshake,
    token: string | undefined,
    disclose: () => UpgradeHandshake,
  ): Promise<UpgradeDecision<C>>;

  /**
   * What {@link onUpgrade} would refuse an upgrade with by what this server counts itself, before the token is checked.
   * Counts nothing.
   */
  abstract foresee(clientAddress: string, token: string | undefined): UpgradeRejection | undefined;

  /** A message could not be decoded or was too large; called in its turn among the connection's messages. */
  abstract onInvalidMessage(client: C, fault: Fault): void;

  /**
   * Handles a message and answers it. The connection's next message waits for the returned promise. If `undefined` is
   * returned, the next message is handled at once.
   */
  abstract onMessage(client: C, message: ClientMessage): Promise<void> | undefined;

  /** Answers an error of {@link onMessage}. If this throws too, the connection ends. */
  abstract onHandlerError(client: C, message: ClientMessage, error: unknown): void;

  /** The client neither sends nor receives any more. Called once; the socket may take a second more to close. */
  abstract onDisconnect(client: C, code: number): void;
}
