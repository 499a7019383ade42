import { setTimeout as delay } from 'node:timers/promises';
import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import { batchesOf } from '../keys/batches.js';
import { tagOf } from '../keys/slot.js';
import { type Script, shardedScript } from '../scripts/script.js';
import type { Argument, Engine, EngineFactory } from './engine.js';
import { RedisInfo, checkFitness, evictionWarning, isPrimary } from './fitness.js';
import { SlotMovedError, UnfitRedisError, isReply, lossOf, refusalOf, sentenceOf } from './link-errors.js';

const MAX_COMMANDS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
const ANSWER_MS = 3000;
const WATCH_MS = 250;
const BACKOFF_MS = { first: 50, most: 2000 };
const SUBSCRIBE_AT_ONCE = 512;
/** A command has channels of one slot, so that there are more commands, each with fewer. */
const SLOTS_AT_ONCE = 32;

/** Whether a command may have been carried out when its answer is lost. */
export type Effect = 'read' | 'write';

export interface LinkListener {
  message(name: string, message: Buffer): void;
  /** A slot is not in this Redis of a cluster any more. */
  moved(): void;
  /** Both sockets stand, nothing is subscribed yet. The link is live when this resolves, and falls if it rejects. */
  rising(): Promise<void>;
  live(): void;
  /** Once after each `live`. */
  fallen(reason: string): void;
  warn(sentence: string): void;
}

interface Pending {
  readonly since: number;
  readonly bytes: number;
  readonly effect: Effect;
  readonly reject: (error: Error) => void;
}

/** The sockets between one connect and one fall. */
interface Session {
  readonly engine: Engine;
  /** In the order in which they were sent. */
  readonly pending: Set<Pending>;
  bytes: number;
  /** It is a Redis that can be used, and has the scripts. Before, commands of others would find none. */
  isReady: boolean;
}

type State = 'down' | 'rising' | 'live' | 'stopped';

/**
 * The way to one Redis, over two sockets that stand and fall together:
 *
 * ```
 *   down ─► rising: connect, check, load scripts, LinkListener.rising ─► live
 *    ▲─────────────── close, fault, 3 s without an answer ◄──────────────┘
 * ```
 *
 * Commands are sent at once or refused (`not_done`); nothing is queued, and nothing is ever sent twice. One whose answer was
 * lost rejects as `unknown`.
 */
export class RedisLink {
  private state: State = 'down';
  private session: Session | undefined;
  private reason = 'Redis was not reached yet.';
  private readonly watchdog: NodeJS.Timeout;
  private readonly waiting = new Set<() => void>();
  private warned = '';
  private watchedAt = performance.now();
  private fellAt = performance.now();
  private readonly stopping = new AbortController();
  private pausing = new AbortController();
  /** The scripts as a Redis of a cluster has them; undefined where Redis is alone. */
  private readonly sharded: ReadonlyMap<Script, Script> | undefined;

  constructor(
    private readonly engines: EngineFactory,
    private readonly scripts: readonly Script[],
    private readonly listener: LinkListener,
    isSharded = false,
  ) {
    if (isSharded) this.sharded = new Map(scripts.map((each) => [each, shardedScript(each)]));
    this.watchdog = setInterval(() => this.watch(), WATCH_MS);
    this.watchdog.unref();
  }

  /** Whether keys of several partitions may not be in one call. */
  get isSharded(): boolean {
    return this.sharded !== undefined;
  }

  get isLive(): boolean {
    return this.state === 'live';
  }

  wasLiveWithin(ms: number): boolean {
    return this.isLive || performance.now() - this.fellAt < ms;
  }

  /** Why the link is not live, in one sentence. */
  get fault(): string {
    return this.reason;
  }

  /**
   * Goes on for ever to bring the link up, whenever it is down. Resolves when it is live for the first time.
   * @throws Error with a sentence for an operator, when Redis is unfit or the time is over
   */
  async start(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    for (let pause = BACKOFF_MS.first; ; pause = Math.min(2 * pause, BACKOFF_MS.most)) {
      if (await this.rise(true)) return;
      if (performance.now() + pause >= until || this.state === 'stopped') {
        throw new Error(`Redis cannot be used: ${this.reason}`);
      }
      await this.pause(pause);
    }
  }

  stop(): void {
    clearInterval(this.watchdog);
    this.fall('The backplane was detached.');
    this.state = 'stopped';
    this.stopping.abort();
    this.wake();
  }

  /** Resolves when the link is live, or when the time is over. */
  async whenLive(withinMs: number): Promise<void> {
    if (this.state === 'live' || this.state === 'stopped' || withinMs <= 0) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, withinMs);
      this.waiting.add(end);
    });
  }

  /** Runs a script. */
  run(script: Script, keys: readonly string[], args: readonly Argument[], effect: Effect = 'write'): Promise<unknown> {
    return this.call('EVALSHA', [this.loaded(script).sha, keys.length, ...keys, ...args], effect);
  }

  /** @returns how many nodes it was handed to */
  publish(name: string, message: string | Buffer): Promise<unknown> {
    return this.call(this.isSharded ? 'SPUBLISH' : 'PUBLISH', [name, message], 'write');
  }

  call(name: string, args: readonly Argument[], effect: Effect): Promise<unknown> {
    return this.send(sizeOf(args), effect, (engine) => engine.call(name, args));
  }

  /** Reads; texts of the reply are bytes. */
  callForBytes(name: string, args: readonly Argument[]): Promise<unknown> {
    return this.send(sizeOf(args), 'read', (engine) => engine.callForBytes(name, args));
  }

  /** Runs a script and then a command, with nothing in between. Texts of both replies are bytes. */
  async transact(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    name: string,
    of: readonly Argument[],
  ) {
    const { session } = this;
    const replies = await this.send(sizeOf(args) + sizeOf(of), 'read', (engine) => {
      let refusal: unknown;
      for (const queued of [
        engine.call('MULTI', []),
        engine.call('EVALSHA', [this.loaded(script).sha, keys.length, ...keys, ...args]),
        engine.call(name, of),
      ]) {
        queued.catch((error: unknown) => (refusal ??= error));
      }
      // Where one was refused, EXEC is too, and does not say why.
      return engine.callForBytes('EXEC', []).catch((error: unknown) => Promise.reject((refusal ?? error) as Error));
    });
    const all = replies as readonly unknown[];
    const refused = all.find((reply) => reply instanceof Error);
    if (refused !== undefined && session !== undefined) {
      await new Promise((_, reject) => this.refuse(session, refused, 'read', reject));
    }
    return all as readonly [unknown, unknown];
  }

  async subscribe(names: readonly string[]): Promise<void> {
    const batches = batchesOf(names, SUBSCRIBE_AT_ONCE, this.isSharded ? tagOf : undefined);
    for (const sent of batchesOf(batches, this.isSharded ? SLOTS_AT_ONCE : 1)) {
      await Promise.all(sent.map((batch) => this.send(sizeOf(batch), 'read', (engine) => engine.subscribe(batch))));
    }
  }

  async unsubscribe(names: readonly string[]): Promise<void> {
    await this.send(sizeOf(names), 'read', (engine) => engine.unsubscribe(names));
  }

  /** Ends both sockets, rejects what is under way, and connects again. */
  fall(reason: string): void {
    const { session } = this;
    if (session === undefined || this.state === 'stopped') return;
    const wasLive = this.state === 'live';
    this.session = undefined;
    this.state = 'down';
    this.reason = reason;
    session.engine.destroy();
    for (const { reject, effect } of session.pending) {
      reject(new BackplaneUnavailableError(effect === 'read' ? 'not_done' : 'unknown', reason));
    }
    if (!wasLive) return;
    this.fellAt = performance.now();
    this.listener.fallen(reason);
    void this.riseAgain();
  }

  /** Connects anew, and now: Redis is elsewhere. */
  moveOn(reason: string): void {
    this.fall(reason);
    this.pausing.abort();
  }

  private async riseAgain(): Promise<void> {
    for (let pause = BACKOFF_MS.first; this.state === 'down'; pause = Math.min(2 * pause, BACKOFF_MS.most)) {
      await this.pause(Math.random() * pause);
      if (this.state === 'down' && (await this.rise(false))) return;
    }
  }

  private async rise(isFirst: boolean): Promise<boolean> {
    const session: Session = {
      engine: this.engines({
        message: (name, message) => {
          if (this.session === session) this.listener.message(name, message);
        },
        moved: () => this.listener.moved(),
        closed: () => {
          if (this.session === session) this.fall('The connection to Redis was closed.');
        },
      }),
      pending: new Set(),
      bytes: 0,
      isReady: false,
    };
    this.session = session;
    this.state = 'rising';
    try {
      await this.sendOn(session, 0, 'read', (engine) => engine.connect());
      await this.check(session);
      for (const { lua } of this.sharded?.values() ?? this.scripts) {
        await this.sendOn(session, lua.length, 'read', (engine) => engine.call('SCRIPT', ['LOAD', lua]));
      }
      session.isReady = true;
      await this.listener.rising();
      if (this.session !== session) return false;
    } catch (error) {
      if (this.session === session) this.fall(sentenceOf(error));
      if (isFirst && error instanceof UnfitRedisError) throw error;
      return false;
    }
    this.state = 'live';
    this.listener.live();
    this.wake();
    return true;
  }

  private async check(session: Session): Promise<void> {
    // Sections one by one: Redis 6 takes no more than one.
    const sections = ['server', 'replication', 'memory', 'persistence'];
    const texts = await Promise.all(
      sections.map((section) => this.sendOn(session, 0, 'read', (engine) => engine.call('INFO', [section]))),
    );
    const info = new RedisInfo(texts.join('\n'));
    checkFitness(info, this.isSharded);
    if (info.get('loading') === '1') throw new BackplaneUnavailableError('not_done', 'Redis is loading its data.');
    if (!isPrimary(info)) throw new BackplaneUnavailableError('not_done', 'This Redis is a replica.');
    const warning = evictionWarning(info);
    if (warning !== undefined && warning !== this.warned) this.listener.warn(warning);
    this.warned = warning ?? '';
  }

  private loaded(script: Script): Script {
    return this.sharded?.get(script) ?? script;
  }

  private send(bytes: number, effect: Effect, begin: (engine: Engine) => Promise<unknown>): Promise<unknown> {
    const { session } = this;
    if (session?.isReady !== true) return Promise.reject(new BackplaneUnavailableError('not_done', this.reason));
    return this.sendOn(session, bytes, effect, begin);
  }

  private sendOn(session: Session, bytes: number, effect: Effect, begin: (engine: Engine) => Promise<unknown>) {
    if (session !== this.session) return Promise.reject(new BackplaneUnavailableError('not_done', this.reason));
    if (session.pending.size >= MAX_COMMANDS || session.bytes + bytes > MAX_BYTES) {
      return Promise.reject(new BackplaneUnavailableError('not_done', 'Redis has not answered what was sent before.'));
    }
    return new Promise<unknown>((resolve, reject) => {
      const pending: Pending = { since: performance.now(), bytes, effect, reject };
      session.pending.add(pending);
      session.bytes += bytes;
      const settle = (): void => {
        session.pending.delete(pending);
        session.bytes -= bytes;
      };
      begin(session.engine)
        .finally(settle)
        .then(resolve, (error: unknown) => this.refuse(session, error, effect, reject));
    });
  }

  /**
   * Hands a rejected command to its caller. The link falls after it, if it has to, and then rejects what is behind it. Of
   * refusals that come at once only the first finds the session.
   */
  private refuse(session: Session, cause: unknown, effect: Effect, reject: (error: Error) => void): void {
    const { error, fault } = isReply(cause) ? refusalOf(cause) : lossOf(cause, effect);
    reject(error);
    if (error instanceof SlotMovedError) this.listener.moved();
    if (fault !== undefined && this.session === session) this.fall(fault);
  }

  private watch(): void {
    const now = performance.now();
    // After a pause of this process the answers that came meanwhile are read first.
    const isLate = now - this.watchedAt > 2 * WATCH_MS;
    this.watchedAt = now;
    if (isLate) return;
    const [oldest] = this.session?.pending ?? [];
    if (oldest !== undefined && now - oldest.since > ANSWER_MS) {
      this.fall(`Redis has not answered for ${ANSWER_MS / 1000} s.`);
    }
  }

  private async pause(ms: number): Promise<void> {
    this.pausing = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, this.pausing.signal]);
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }

  private wake(): void {
    for (const end of this.waiting) end();
  }
}

function sizeOf(args: readonly Argument[]): number {
  let size = 0;
  for (const arg of args) size += typeof arg === 'number' ? 8 : arg.length;
  return size;
}
