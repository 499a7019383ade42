import { Inject, Injectable } from '@nestjs/common';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import type { Identity } from '../connection/index.js';
import { ThrottledLog } from '../metrics/index.js';
import { RETRY_AFTER_MS, TimerWheel, TimeoutError, isPromiseLike, withTimeout } from '../timers/index.js';
import type { Handshake, UpgradeHandshake } from '../transport/index.js';
import type { AuthHandler } from './auth-handler.js';
import { asUnavailable } from './authentication-unavailable-error.js';
import { type AuthHandlerBinding, BoundAuthHandler } from './bound-auth-handler.js';
import { type DefaultChannel, toDefaultChannels } from './default-channel.js';
import { isInstance } from './is-instance.js';

/** No verdict on the token, and when to try again. */
export interface Undecided {
  /**
   * `timeout`: the handler did not answer in time. `busy`: too many checks are under way. `unavailable`: it said so.
   */
  readonly failure: 'timeout' | 'busy' | 'unavailable';
  readonly retryAfterMs: number;
}

interface Refused {
  readonly failure: 'refused';
}

/** Who a client is, and what the server subscribes it to. */
interface Identified {
  readonly identity: Identity;
  readonly defaultChannels?: readonly DefaultChannel[];
}

export type Authentication = Identified | Refused | Undecided;

type Answer<T> = T | Promise<T>;

export function isUndecided(outcome: Authentication): outcome is Undecided {
  return 'failure' in outcome && outcome.failure !== 'refused';
}

/** Number of `authTimeout`s after which a check counts as lost. */
const LOST_AFTER_TIMEOUTS = 6;

/** Asks the application whose token it is. Bounds the time of a check and the number of checks under way. */
@Injectable()
export class Authenticator {
  private pending = 0;

  constructor(
    @Inject(BoundAuthHandler) private readonly bound: AuthHandlerBinding,
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly wheel: TimerWheel,
    private readonly log: ThrottledLog,
  ) {}

  /** Without an `AuthHandler` every connection is anonymous. */
  get isEnabled(): boolean {
    return this.bound.handler !== undefined;
  }

  /** Whether the `AuthHandler` wants to see handshakes without a token. */
  get checksHandshakes(): boolean {
    return typeof this.bound.handler?.authenticateHandshake === 'function';
  }

  /** Never rejects. */
  authenticate(token: string, handshake: Handshake): Promise<Authentication> {
    const ask = (handler: AuthHandler): Answer<string | Identity> => handler.authenticate(token, handshake);
    return this.check(handshake, ask, (answer) => ({ identity: toIdentity(answer) }), failureOf);
  }

  /** Never rejects. `undefined`: the handshake identifies nobody. */
  authenticateHandshake(handshake: UpgradeHandshake): Promise<Authentication | undefined> {
    const ask = (handler: AuthHandler): Answer<string | Identity | undefined> =>
      handler.authenticateHandshake?.(handshake);
    return this.check(handshake, ask, toIdentified, failureOf);
  }

  /** Adds the channels that the server subscribes the client to. Never rejects; a failure is an outage. */
  async withDefaultChannels(identified: Identified, handshake: Handshake): Promise<Identified | Undecided> {
    if (typeof this.bound.handler?.defaultChannels !== 'function') return identified;
    const { identity } = identified;
    const ask = (handler: AuthHandler): Answer<unknown> => handler.defaultChannels?.(identity);
    const verdictOf = (answer: unknown) => ({ identity, defaultChannels: toDefaultChannels(answer) });
    return this.check<unknown, Identified, Undecided>(handshake, ask, verdictOf, outageOf);
  }

  private async check<T, V extends Authentication | undefined, F extends Refused | Undecided>(
    handshake: Handshake,
    ask: (handler: AuthHandler) => Answer<T>,
    verdictOf: (answer: T) => V,
    failed: (error: unknown) => F,
  ): Promise<V | F | Undecided> {
    if (this.pending >= this.config.maxPendingAuthentications) return { failure: 'busy', retryAfterMs: RETRY_AFTER_MS };
    try {
      const answer = ask(this.bound.handler as AuthHandler);
      return verdictOf(isPromiseLike(answer) ? await this.inTime(Promise.resolve(answer)) : answer);
    } catch (error) {
      const failure = failed(error);
      this.report(failure, error, handshake);
      return failure;
    }
  }

  /**
   * Holds a permit until the handler is really done, so that hanging checks cannot pile up. It is released after six
   * timeouts in any case, so that checks lost to an outage do not lock out every client after it.
   */
  private inTime<T>(answer: Promise<T>): Promise<T> {
    let held = true;
    this.pending += 1;
    const free = (): void => {
      if (held) this.pending -= 1;
      held = false;
      this.wheel.disarm(lost);
    };
    const lost = this.wheel.after(this.config.authTimeout * LOST_AFTER_TIMEOUTS, free);
    answer.then(free, free);
    return withTimeout(this.wheel, this.config.authTimeout, answer);
  }

  /** Logs neither the message nor the first line of the stack: a handler may have put the token there. */
  private report(outcome: Authentication, error: unknown, handshake: Handshake): void {
    const kind = isUndecided(outcome) ? 'token could not be checked' : 'authentication failed';
    this.log.write('warn', this, kind, {
      connection_id: handshake.connectionId,
      client_addr: handshake.clientAddress,
      error: describe(error),
    });
  }
}

function toIdentified(answer: string | Identity | undefined): Identified | undefined {
  return answer === undefined ? undefined : { identity: toIdentity(answer) };
}

function toIdentity(answer: string | Identity): Identity {
  const identity = typeof answer === 'string' ? { userId: answer } : answer;
  if (typeof identity?.userId !== 'string' || identity.userId === '') {
    throw new TypeError('The AuthHandler returned neither a user id nor an identity.');
  }
  const { expiresAt } = identity;
  if (expiresAt !== undefined && !(expiresAt instanceof Date && Number.isFinite(expiresAt.getTime()))) {
    throw new TypeError('Identity.expiresAt is not a valid Date.');
  }
  return identity;
}

function failureOf(error: unknown): Refused | Undecided {
  if (isInstance(error, TimeoutError)) return { failure: 'timeout', retryAfterMs: RETRY_AFTER_MS };
  const outage = asUnavailable(error);
  return outage === undefined ? { failure: 'refused' } : { failure: 'unavailable', retryAfterMs: outage.retryAfterMs };
}

/** What the application throws beside a verdict on the client blames no client. */
function outageOf(error: unknown): Undecided {
  const failure = failureOf(error);
  return isUndecided(failure) ? failure : { failure: 'unavailable', retryAfterMs: RETRY_AFTER_MS };
}

function describe(error: unknown): { name: string; at?: string } {
  try {
    if (!(error instanceof Error)) return { name: typeof error };
    const at = firstFrame(error);
    return at === undefined ? { name: error.constructor.name } : { name: error.constructor.name, at };
  } catch {
    return { name: typeof error };
  }
}

/** Finds the first stack frame after the message, which may hold a token that looks like a frame. */
function firstFrame({ stack, message }: Error): string | undefined {
  if (typeof stack !== 'string' || !stack.includes(message)) return undefined;
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return frames.find((line) => line.startsWith('    at '))?.trim();
}
