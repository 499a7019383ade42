import { setTimeout as delay } from 'node:timers/promises';
import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import { ToHub, type ToHubKind, ToWorker } from '../wire/frame.js';
import type { Wire, WireFactory } from './wire.js';

const MAX_REQUESTS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
const ANSWER_MS = 3000;
const PING_MS = 1000;
const WATCH_MS = 250;
const BACKOFF_MS = { first: 50, most: 2000 };
const NO_FRAME = 'What was to be sent is longer than a frame, or the hub does not read.';

/** Whether a request may have been carried out when its answer is lost. */
type Effect = 'read' | 'write';

export interface Request {
  readonly kind: ToHubKind;
  readonly effect: Effect;
  readonly write?: (out: ByteWriter) => void;
  /** Parts of the answer, before it. */
  readonly item?: (item: ByteReader) => void;
  /** An event that this request has published, before its answer. */
  readonly event?: (event: ByteReader) => void;
  /** It waits for others, who may take long. */
  readonly isPatient?: boolean;
  /** Hears the number of the request when it was sent. */
  readonly sent?: (id: number) => void;
}

export interface LinkListener {
  /** What was not asked for, or an event of a request. */
  frame(kind: number, id: number, body: ByteReader): void;
  /** Writes what the hub has to know first. */
  hello(out: ByteWriter): void;
  /** The hub has answered that; nothing is open yet. The link is live when this resolves, and falls if it rejects. */
  rising(welcome: ByteReader): Promise<void>;
  live(): void;
  /** The hub has answered a ping after so many seconds. */
  answered(seconds: number): void;
  /** Once after each `live`. */
  fallen(reason: string): void;
}

interface Pending extends Request {
  readonly since: number;
  readonly bytes: number;
  readonly resolve: (answer: ByteReader) => void;
  readonly reject: (error: Error) => void;
}

/** One connection. */
interface Session {
  readonly wire: Wire;
  /** By their numbers, in the order in which they were sent. */
  readonly pending: Map<number, Pending>;
  bytes: number;
  /** The hub has said welcome. Before, it takes nothing else. */
  isReady: boolean;
}

type State = 'down' | 'rising' | 'live' | 'stopped';

/**
 * The way to the hub, over one Unix socket:
 *
 * ```
 *   down ─► rising: connect, hello, LinkListener.rising ─► live
 *    ▲──────── close, 3 s without an answer ◄───────────────┘
 * ```
 *
 * Requests are sent at once or refused (`not_done`); nothing is queued, and nothing is ever sent twice. One whose answer was
 * lost rejects as `unknown`.
 */
export class HubLink {
  private state: State = 'down';
  private session: Session | undefined;
  private reason = 'The hub was not reached yet.';
  private sequence = 0;
  private readonly timers: readonly NodeJS.Timeout[];
  private readonly waiting = new Set<() => void>();
  private watchedAt = performance.now();
  private readonly stopping = new AbortController();

  constructor(
    private readonly connect: WireFactory,
    private readonly listener: LinkListener,
  ) {
    this.timers = [
      setInterval(() => this.watch(), WATCH_MS).unref(),
      setInterval(() => void this.ping(), PING_MS).unref(),
    ];
  }

  get isLive(): boolean {
    return this.state === 'live';
  }

  /** Why the link is not live, in one sentence. */
  get fault(): string {
    return this.reason;
  }

  /**
   * Goes on for ever to bring the link up, whenever it is down. Resolves when it is live for the first time.
   * @throws Error with a sentence for an operator, when the time is over
   */
  async start(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    for (let pause = BACKOFF_MS.first; !(await this.rise()); pause = Math.min(2 * pause, BACKOFF_MS.most)) {
      if (performance.now() + pause >= until || this.state === 'stopped') {
        throw new Error(`The hub cannot be reached: ${this.reason}`);
      }
      await this.pause(pause);
    }
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
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

  /** @returns the answer */
  request(request: Request): Promise<ByteReader> {
    const { session } = this;
    if (session?.isReady !== true) return Promise.reject(new BackplaneUnavailableError('not_done', this.reason));
    return this.requestOn(session, request);
  }

  /** Sends what has no answer. @returns false if the link is down */
  say(kind: ToHubKind, id: number, write?: (out: ByteWriter) => void): boolean {
    if (this.session?.isReady !== true) return false;
    this.session.wire.send(kind, id, write);
    return true;
  }

  /** Ends the socket, rejects what is under way, and connects again. */
  fall(reason: string): void {
    const { session } = this;
    if (session === undefined || this.state === 'stopped') return;
    const wasLive = this.state === 'live';
    this.session = undefined;
    this.state = 'down';
    this.reason = reason;
    session.wire.destroy();
    for (const { reject, effect } of session.pending.values()) {
      reject(new BackplaneUnavailableError(effect === 'read' ? 'not_done' : 'unknown', reason));
    }
    if (!wasLive) return;
    this.listener.fallen(reason);
    void this.riseAgain();
  }

  private async riseAgain(): Promise<void> {
    for (let pause = BACKOFF_MS.first; this.state === 'down'; pause = Math.min(2 * pause, BACKOFF_MS.most)) {
      await this.pause(Math.random() * pause);
      if (this.state === 'down' && (await this.rise())) return;
    }
  }

  private async rise(): Promise<boolean> {
    const session: Session = {
      wire: this.connect({
        frame: (kind, id, body) => this.receive(session, kind, id, body),
        closed: (reason) => {
          if (this.session === session) this.fall(reason);
        },
      }),
      pending: new Map(),
      bytes: 0,
      isReady: false,
    };
    this.session = session;
    this.state = 'rising';
    try {
      const write = (out: ByteWriter): void => this.listener.hello(out);
      const welcome = await this.requestOn(session, { kind: ToHub.hello, effect: 'read', write });
      session.isReady = true;
      await this.listener.rising(welcome);
      if (this.session !== session) return false;
    } catch (error) {
      if (this.session === session) this.fall(error instanceof Error ? error.message : String(error));
      return false;
    }
    this.state = 'live';
    this.listener.live();
    this.wake();
    return true;
  }

  private requestOn(session: Session, request: Request): Promise<ByteReader> {
    if (session !== this.session) return Promise.reject(new BackplaneUnavailableError('not_done', this.reason));
    if (session.pending.size >= MAX_REQUESTS || session.bytes > MAX_BYTES) {
      return Promise.reject(
        new BackplaneUnavailableError('not_done', 'The hub has not answered what was sent before.'),
      );
    }
    // Some numbers of four bytes that a request in flight may have too come round after hours.
    do this.sequence = this.sequence === MAX_NUMBER ? 1 : this.sequence + 1;
    while (session.pending.has(this.sequence));
    const id = this.sequence;
    const bytes = session.wire.send(request.kind, id, request.write);
    if (bytes === 0) return Promise.reject(new BackplaneUnavailableError('not_done', NO_FRAME));
    session.bytes += bytes;
    request.sent?.(id);
    return new Promise((resolve, reject) => {
      session.pending.set(id, { since: performance.now(), bytes, resolve, reject, ...request });
    });
  }

  private receive(session: Session, kind: number, id: number, body: ByteReader): void {
    if (session !== this.session) return;
    const pending = session.pending.get(id);
    if (kind === ToWorker.reply) {
      session.pending.delete(id);
      session.bytes -= pending?.bytes ?? 0;
      pending?.resolve(body);
    } else if (kind === ToWorker.item) {
      pending?.item?.(body);
    } else if (kind === ToWorker.event && pending?.event !== undefined) {
      pending.event(body);
    } else {
      this.listener.frame(kind, id, body);
    }
  }

  private watch(): void {
    const now = performance.now();
    // After a pause of this process the answers that came meanwhile are read first.
    const isLate = now - this.watchedAt > 2 * WATCH_MS;
    this.watchedAt = now;
    if (isLate) return;
    for (const { since, isPatient } of this.session?.pending.values() ?? []) {
      if (isPatient === true) continue;
      if (now - since > ANSWER_MS) this.fall(`The hub has not answered for ${ANSWER_MS / 1000} s.`);
      return;
    }
  }

  private async ping(): Promise<void> {
    if (!this.isLive) return;
    const askedAt = performance.now();
    try {
      await this.request({ kind: ToHub.ping, effect: 'read' });
    } catch {
      // The link has fallen, and says so.
      return;
    }
    this.listener.answered((performance.now() - askedAt) / 1000);
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private wake(): void {
    for (const end of this.waiting) end();
  }
}

const MAX_NUMBER = 0xff_ff_ff_ff;
