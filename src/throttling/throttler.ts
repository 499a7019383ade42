import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { type ClientConnection, WsError } from '../connection/index.js';
import { AddressLimiter } from './address-limiter.js';
import { TokenBucket } from './token-bucket.js';

const SECONDS_PER_MINUTE = 60;
/** Bad messages that are allowed within ten seconds; the tenth closes the connection (PROTOCOL §9, 4504). */
const BAD_MESSAGES = 9;
const BAD_MESSAGES_WINDOW_S = 10;

/**
 * The number of acks of one connection that are accepted at once, and the minimum time until the next batch: 2,000/s.
 */
const ACKS_AT_ONCE = 100;
const ACKS_GAP_MS = 50;

/**
 * The rates of one connection. Optional parts are created when first needed, as most connections are never rejected.
 */
interface Allowance {
  readonly messages: TokenBucket;
  /** Rejections that are answered before the connection counts as flooding. */
  refusals: TokenBucket | undefined;
  badMessagesAt: readonly number[] | undefined;
  /** The number of acks that were not counted by the rate. */
  freeAcks: number;
  /** The time at which the last batch of `ACKS_AT_ONCE` uncounted acks was complete. */
  fullAt: number | undefined;
  /** Rate of the bytes that are read for large responses, such as `history` (`readRate`). */
  reads: TokenBucket | undefined;
}

/** Rates: messages and bad messages per connection, connection attempts and failed authentications per address. */
@Injectable()
export class Throttler {
  /** Connection attempts per address. */
  readonly connects: AddressLimiter;
  /** Failed authentications per address. */
  readonly authenticationFailures: AddressLimiter;
  private readonly allowances = new WeakMap<ClientConnection, Allowance>();

  constructor(@Inject(SkreaverWsConfig) private readonly config: ResolvedConfig) {
    this.connects = new AddressLimiter(config.connectRatePerIp, config.connectBurstPerIp);
    const { authFailuresPerIp } = config;
    this.authenticationFailures = new AddressLimiter(authFailuresPerIp / SECONDS_PER_MINUTE, authFailuresPerIp);
  }

  /**
   * Counts one message. A message over the rate is refused, and the refusal is answered. Refusals have a token bucket
   * of the same `messageRate` and `messageBurst`. Once that is empty too, the connection is flooding and is closed with
   * 4003.
   * @throws WsError `RATE_LIMIT_EXCEEDED` with `retry_after_ms`
   */
  countMessage(connection: ClientConnection): void {
    const allowance = this.allowanceOf(connection);
    const wait = allowance.messages.take();
    if (wait === 0) return;
    allowance.refusals ??= this.bucket();
    if (allowance.refusals.take() > 0) connection.socket.closeAndDestroy(CloseCode.RateLimitExceeded, Math.ceil(wait));
    throw WsError.rateLimited(wait);
  }

  /**
   * Counts an ack. An ack answers a message that the client received. So acks take tokens of the rate only if there are
   * more of them than messages sent to the client (PROTOCOL §6).
   * @throws WsError as {@link countMessage}
   */
  countAck(connection: ClientConnection): void {
    const allowance = this.allowanceOf(connection);
    if (allowance.freeAcks < connection.socket.sentCount) allowance.freeAcks += 1;
    else this.countMessage(connection);
  }

  /**
   * Delays the next message of a client after an ack. A client may have saved up one ack for each message that it
   * received; if it sends them all at once, those over 2,000 a second are accepted later.
   */
  pauseAfterAck(connection: ClientConnection): Promise<void> | undefined {
    const allowance = this.allowanceOf(connection);
    if (allowance.freeAcks % ACKS_AT_ONCE !== 0) return undefined;
    const now = performance.now();
    const wait = (allowance.fullAt ?? Number.NEGATIVE_INFINITY) + ACKS_GAP_MS - now;
    allowance.fullAt = now + Math.max(0, wait);
    return wait > 0 ? pause(wait, undefined, { ref: false }) : undefined;
  }

  /** Counts a message that could not be understood; the tenth within ten seconds ends the connection with 4504. */
  countBadMessage(connection: ClientConnection): void {
    const allowance = this.allowanceOf(connection);
    const now = performance.now();
    const before = allowance.badMessagesAt?.filter((at) => now - at < BAD_MESSAGES_WINDOW_S * 1000) ?? [];
    const recent = [...before, now];
    allowance.badMessagesAt = recent;
    if (recent.length > BAD_MESSAGES) connection.socket.closeAndDestroy(CloseCode.InvalidMessage);
  }

  /** The ms that the connection must wait before the next large response is read, by `readRate`. */
  readWaitMs(connection: ClientConnection): number {
    return this.readsOf(connection).waitMs();
  }

  /** Counts the bytes of a large response that was read. They may exceed the rate; then the next read has to wait. */
  countRead(connection: ClientConnection, bytes: number): void {
    this.readsOf(connection).charge(bytes);
  }

  private readsOf(connection: ClientConnection): TokenBucket {
    const { readRate } = this.config;
    return (this.allowanceOf(connection).reads ??= new TokenBucket(readRate, readRate));
  }

  private allowanceOf(connection: ClientConnection): Allowance {
    let allowance = this.allowances.get(connection);
    if (allowance === undefined) {
      allowance = {
        messages: this.bucket(),
        refusals: undefined,
        badMessagesAt: undefined,
        freeAcks: 0,
        fullAt: undefined,
        reads: undefined,
      };
      this.allowances.set(connection, allowance);
    }
    return allowance;
  }

  private bucket(): TokenBucket {
    return new TokenBucket(this.config.messageRate, this.config.messageBurst);
  }
}
