import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import {
  CloseCode,
  WsErrorCode,
  WsMessageType,
  type ClientMessage,
  type Fault,
  type ServerMessage,
  closeReason,
  isSendableCloseCode,
} from '@skreaver/protocol';
import type { Heartbeat as HeartbeatKind, ResolvedConfig } from '../../config/index.js';
import { type EncodingName, type ThrottledLog, type WsMetrics, describeError } from '../../metrics/index.js';
import type { TimerWheel } from '../../timers/index.js';
import type { Client, Socket, ConnectionHandler } from '../host/connection-handler.js';
import { FrameTooLargeError } from '../inbound/frame-too-large.error.js';
import { type InboundItem, type InboundLimits, InboundQueue } from '../inbound/inbound-queue.js';
import type { OwnedWebSocket, WebSocketOwner } from '../inbound/owned-web-socket.js';
import type { Flusher } from '../outbound/flusher.js';
import { Frame } from '../outbound/frame.js';
import type { Outbox, OutboxSocket } from '../outbound/outbox.js';
import { PongFrames } from '../outbound/pong-frames.js';
import { ControlFrameRate } from './control-frame-rate.js';
import { Heartbeat } from './heartbeat.js';
import type { MessageEncoding } from './message-encoding.js';

/** Time from a close to the destruction of the socket (PROTOCOL §9). */
const TERMINATE_AFTER_MS = 900;
/** Time in which messages that came before the peer's close are still handled (PROTOCOL §2). */
const LAST_ANSWERS_MS = 500;
/** Close frame or violation by which the peer ends the connection. */
interface PeerEnd {
  readonly code: number;
  /** Reason of the close frame that is sent to the peer. */
  readonly reason: string | Buffer;
}

/** Bound of the messages that wait before the connection is authenticated (PROTOCOL §4). */
const EARLY: InboundLimits = { messages: 16, bytes: 65_536 };

/** Dependencies that all sockets of a server share. */
export interface SocketEnvironment {
  readonly config: ResolvedConfig;
  readonly handler: ConnectionHandler;
  readonly metrics: WsMetrics;
  readonly log: ThrottledLog;
  readonly timers: TimerWheel;
  readonly flusher: Flusher;
  /** Sockets that are not closed yet; each adds and removes itself. */
  readonly sockets: Set<ClientSocket>;
}

export interface Negotiated {
  /** Window of permessage-deflate in bits; 0 without it. */
  readonly windowBits: number;
  readonly encoding: MessageEncoding;
  readonly heartbeat: HeartbeatKind;
}

/**
 * One WebSocket: handles its messages in order, one at a time, and writes through one bounded outbox. Knows bytes,
 * frames and codes; the `ConnectionHandler` knows users and channels.
 */
export class ClientSocket implements Socket, WebSocketOwner, OutboxSocket {
  /** `performance.now()` of the last frame of the peer. */
  lastReceivedAt = performance.now();
  readonly outbox: Outbox;
  readonly pingsBy: HeartbeatKind;
  private readonly encoding: MessageEncoding;
  private phase: 'open' | 'closing' | 'gone' = 'open';
  private endedWith: number | undefined;
  private client: Client | undefined;
  /** Created when a message first has to wait: most connections never have one waiting. */
  private inbound: InboundQueue | undefined;
  private readonly heartbeat: Heartbeat;
  /** Created at the first ping frame: most clients ping by message, or not at all. */
  private pongs: PongFrames | undefined;
  private trusted = false;
  private handling = false;
  /** Created at the first control frame. */
  private controlFrames: ControlFrameRate | undefined;
  /** Number of frames that arrived after the close. */
  private ignored = 0;
  private isCutArmed = false;
  private peerEnd: PeerEnd | undefined;

  constructor(
    private readonly webSocket: OwnedWebSocket,
    stream: Duplex,
    private readonly environment: SocketEnvironment,
    negotiated: Negotiated,
  ) {
    const { config, flusher, timers } = environment;
    const { windowBits, encoding, heartbeat } = negotiated;
    this.encoding = encoding;
    this.pingsBy = heartbeat;
    this.outbox = flusher.createOutbox(this, stream, encoding.form + windowBits);
    this.heartbeat = new Heartbeat(this, timers, config, heartbeat);
    webSocket.owner = this;
    environment.sockets.add(this);
  }

  get isOpen(): boolean {
    return this.phase === 'open' && this.webSocket.readyState === this.webSocket.OPEN;
  }

  get encodingName(): EncodingName {
    return this.encoding.name;
  }

  get sentCount(): number {
    return this.outbox.framesWritten;
  }

  /**
   * True while a handler runs or reading is paused. A pong may be among the waiting messages, so silence is not the
   * peer's fault.
   */
  get isBehind(): boolean {
    return this.handling || this.inbound?.isPaused === true;
  }

  /** Called by the upgrade handler once the client exists; starts message handling. */
  begin(client: Client): void {
    this.client = client;
    // The connection handler may have closed the socket while it made the client.
    if (this.endedWith !== undefined) this.tellEnded(client, this.endedWith);
    this.handleFrom(this.inbound?.take());
  }

  markAuthenticated(): void {
    this.trusted = true;
    this.inbound?.widen(this.inboundLimits());
  }

  send(message: ServerMessage): void {
    this.sendAnswer(this.encoding.answer(message));
  }

  sendText(message: string, packed?: () => Uint8Array): void {
    this.sendAnswer(Frame.answer(message, packed));
  }

  private sendAnswer(frame: Frame): void {
    const { maxBufferedBytes } = this.environment.config;
    if (frame.bytes.length > maxBufferedBytes) {
      throw new FrameTooLargeError(frame.bytes.length, maxBufferedBytes);
    }
    this.push(frame);
  }

  push(frame: Frame): boolean {
    return this.environment.flusher.push(this.outbox, frame);
  }

  whenDrained(): Promise<void> | undefined {
    return this.environment.flusher.whenDrained(this.outbox);
  }

  close(code: CloseCode, retryAfterMs?: number): void {
    if (!isSendableCloseCode(code)) throw new RangeError(`The close code ${code} cannot be sent (RFC 6455 §7.4).`);
    if (this.phase === 'open') this.sendClose(code, closeReason(code, retryAfterMs));
  }

  closeAndDestroy(code: CloseCode, retryAfterMs?: number): void {
    this.close(code, retryAfterMs);
    if (this.phase === 'closing') this.terminateSoon();
  }

  /** Destroys the connection without a close frame. */
  terminate(): void {
    this.webSocket.terminate();
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    if (this.phase !== 'open' || this.peerEnd !== undefined) return this.countIgnored();
    this.lastReceivedAt = performance.now();
    this.environment.metrics.messageReceived();
    if (isBinary !== this.encoding.isBinary) return this.endInTurn(violation(CloseCode.UnsupportedData));
    const { maxMessageSize } = this.environment.config;
    const item = data.length > maxMessageSize ? this.tooLarge(data, maxMessageSize) : data;
    if (this.handling || this.client === undefined) this.queue().add(item);
    else this.handleFrom(item);
  }

  onPing(data: Buffer): void {
    if (!this.takesControlFrame()) return;
    this.pongs ??= new PongFrames(this.webSocket);
    this.pongs.answer(data);
  }

  onPong(): void {
    if (this.takesControlFrame()) this.heartbeat.pong();
  }

  onPeerClose(code: number, reason: string | Buffer): void {
    this.endInTurn({ code, reason });
  }

  onViolation(code: number): void {
    this.environment.metrics.protocolViolated();
    this.endInTurn(violation(code));
  }

  onClose(code: number): void {
    if (this.phase === 'open') this.end(this.peerEnd?.code ?? code);
    this.phase = 'gone';
    this.environment.sockets.delete(this);
  }

  /** Handles the item and those that wait behind it, one at a time: each starts when the handler before it is done. */
  private handleFrom(first: InboundItem | undefined): void {
    this.handling = true;
    let item = first;
    try {
      while (item !== undefined && this.phase === 'open') {
        if (this.handle(item)) return;
        item = this.inbound?.take();
      }
    } catch (error) {
      this.giveUp(error);
    }
    this.handling = false;
    if (this.peerEnd !== undefined) this.endAsPeer(this.peerEnd);
  }

  /** Ends the connection after the messages that came before are answered, at the latest after `LAST_ANSWERS_MS`. */
  private endInTurn(end: PeerEnd): void {
    if (this.phase !== 'open' || this.peerEnd !== undefined) return;
    this.peerEnd = end;
    if (this.handling) this.environment.timers.after(LAST_ANSWERS_MS, () => this.endAsPeer(end));
    else this.endAsPeer(end);
  }

  private endAsPeer({ code, reason }: PeerEnd): void {
    if (this.phase !== 'open') return;
    this.sendClose(code, reason);
    this.terminateSoon();
  }

  /** Closes the connection after an error handler has thrown: the state of the connection cannot be relied upon. */
  private giveUp(error: unknown): void {
    this.logFailure('connection given up after an internal error', error);
    this.closeAndDestroy(CloseCode.InternalError);
  }

  /**
   * Handles one message (hot path). Returns true while the handler's promise is pending; a synchronous handler costs no
   * promise.
   */
  private handle(item: InboundItem): boolean {
    const client = this.client as Client;
    const { handler } = this.environment;
    const decoded = Buffer.isBuffer(item) ? this.encoding.decode(item) : { ok: false as const, fault: item };
    if (!decoded.ok) {
      handler.onInvalidMessage(client, decoded.fault);
      return false;
    }
    const { message } = decoded;
    // Before any guard, so that a pong to the heartbeat's ping is neither refused nor counted against a rate.
    if (message.type === WsMessageType.Pong && this.heartbeat.pong()) return false;
    const startedAt = performance.now();
    try {
      const pending = handler.onMessage(client, message);
      if (pending !== undefined) {
        void this.goOnAfter(pending, message, startedAt);
        return true;
      }
    } catch (error) {
      handler.onHandlerError(client, message, error);
    }
    this.measure(message, startedAt);
    return false;
  }

  /**
   * Makes the fault of a message that is too large, with its correlation id. That costs less than a message of half the
   * size.
   */
  private tooLarge(data: Buffer, max: number): Fault {
    const size = data.length;
    const message = `The message has ${size} bytes; at most ${max} are taken.`;
    return this.encoding.faultOf({ code: WsErrorCode.MessageTooLarge, message, details: { size, max } }, data);
  }

  private async goOnAfter(pending: Promise<void>, message: ClientMessage, startedAt: number): Promise<void> {
    try {
      await pending;
    } catch (error) {
      this.answerFailure(message, error);
    }
    this.measure(message, startedAt);
    this.handleFrom(this.inbound?.take());
  }

  private answerFailure(message: ClientMessage, error: unknown): void {
    try {
      this.environment.handler.onHandlerError(this.client as Client, message, error);
    } catch (unanswerable) {
      this.giveUp(unanswerable);
    }
  }

  private measure({ type }: ClientMessage, startedAt: number): void {
    this.environment.metrics.messageHandled(type, (performance.now() - startedAt) / 1000);
  }

  private queue(): InboundQueue {
    this.inbound ??= new InboundQueue(this.webSocket, this.inboundLimits());
    return this.inbound;
  }

  private inboundLimits(): InboundLimits {
    const { bufferSize, maxBufferedBytes } = this.environment.config;
    return this.trusted ? { messages: bufferSize, bytes: maxBufferedBytes } : EARLY;
  }

  private terminateSoon(): void {
    if (this.isCutArmed) return;
    this.isCutArmed = true;
    this.environment.timers.after(TERMINATE_AFTER_MS, () => this.webSocket.terminate());
  }

  onOverflow(): void {
    this.environment.metrics.slowConsumer('disconnect');
    this.closeAndDestroy(CloseCode.SlowConsumer);
  }

  /** True if a control frame is handled: the connection is open and within its rate. */
  private takesControlFrame(): boolean {
    if (this.phase !== 'open') {
      this.countIgnored();
      return false;
    }
    this.lastReceivedAt = performance.now();
    this.controlFrames ??= new ControlFrameRate();
    if (this.controlFrames.takes(this.lastReceivedAt)) return true;
    this.closeAndDestroy(CloseCode.RateLimitExceeded);
    this.webSocket.pause();
    return false;
  }

  /**
   * Counts a frame that arrives after the close and is ignored. After `bufferSize` of them the peer is not read any
   * more.
   */
  private countIgnored(): void {
    this.ignored += 1;
    if (this.ignored === this.environment.config.bufferSize) this.webSocket.pause();
  }

  /** Writes the waiting frames, then the close frame. If a step throws, the socket is destroyed instead. */
  private sendClose(code: number, reason: string | Buffer): void {
    try {
      this.environment.flusher.finish(this.outbox);
      this.end(code);
      this.webSocket.sendClose(code, reason);
    } catch (error) {
      this.logFailure('close failed; the connection is cut', error);
      this.terminate();
    }
  }

  private end(code: number): void {
    this.phase = 'closing';
    this.endedWith = code;
    this.heartbeat.stop();
    this.environment.flusher.close(this.outbox);
    this.inbound?.close();
    if (this.client !== undefined) this.tellEnded(this.client, code);
  }

  private tellEnded(client: Client, code: number): void {
    try {
      this.environment.handler.onDisconnect(client, code);
    } catch (error) {
      this.logFailure('the end of a connection could not be told', error);
    }
  }

  private logFailure(msg: string, error: unknown): void {
    this.environment.log.write('error', this, msg, { error: describeError(error) });
  }
}

function violation(code: number): PeerEnd {
  return { code, reason: closeReason(code) };
}
