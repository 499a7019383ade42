import { setTimeout as delay } from 'node:timers/promises';
import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import type { Engine, EngineFactory } from '../link/engine.js';
import { RedisInfo, checkFitness } from '../link/fitness.js';
import type { RedisLink } from '../link/redis-link.js';
import { type Place, type Primary, readSlotMap } from './slot-map.js';

const READ_MS = 10_000;
/** Between two readings while something is away or moves. */
const DOUBT_MS = 250;
const LEAST_MS = 100;
const ANSWER_MS = 3000;
const ignore = (): void => undefined;

/** What a server of the cluster says. */
interface Answer {
  readonly primaries: readonly Primary[];
  /** Whether all channels are away while one primary is. */
  readonly needsAllSlots: boolean;
}

/** A way that is there already. */
export interface Way {
  readonly link: RedisLink;
  readonly place: Place;
}

export interface SlotWatchListener {
  /** The ways to ask, best first. */
  ways(): readonly Way[];
  /** Other places to ask while none of the ways is live. */
  places(): readonly Place[];
  /** Whether something is away or moves, so that the map may change any moment. */
  isUnsettled(): boolean;
  read(primaries: readonly Primary[]): void;
}

/**
 * Reads the slot map of a Redis Cluster every ten seconds, at once when a command met a slot that is elsewhere, and again and
 * again while a primary is away.
 */
export class SlotWatch {
  private readonly stopping = new AbortController();
  private waking = new AbortController();
  private readAt = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly connect: (place: Place) => EngineFactory,
    private readonly listener: SlotWatchListener,
  ) {}

  begin(): void {
    void this.watch();
  }

  stop(): void {
    this.stopping.abort();
    this.waking.abort();
    this.tellWaiting();
  }

  /** The map may have changed. */
  doubt(): void {
    this.waking.abort();
  }

  /** Resolves when the map was read again, or could not be. */
  async next(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const read = new Promise<void>((resolve) => this.waiting.add(resolve));
    this.doubt();
    await read;
  }

  /** Asks a place that nothing is connected to. @throws what connecting or Redis says, or UnfitRedisError */
  async ask(place: Place): Promise<Answer> {
    const engine = this.connect(place)({ message: ignore, moved: ignore, closed: ignore });
    try {
      return await Promise.race([this.askOver(engine, place), this.late()]);
    } finally {
      engine.destroy();
    }
  }

  private async askOver(engine: Engine, place: Place): Promise<Answer> {
    await engine.connect();
    checkFitness(new RedisInfo(String(await engine.call('INFO', ['server']))), true);
    const primaries = readSlotMap(await engine.call('CLUSTER', ['SLOTS']), place);
    // Managed services, and users with few rights, are not told.
    const coverage = await engine.call('CONFIG', ['GET', 'cluster-require-full-coverage']).catch(() => []);
    return { primaries, needsAllSlots: (coverage as string[])[1] === 'yes' };
  }

  private async late(): Promise<never> {
    await delay(ANSWER_MS, undefined, { ref: false });
    throw new BackplaneUnavailableError('not_done', `Redis has not answered for ${ANSWER_MS / 1000} s.`);
  }

  private async watch(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.pause();
      if (this.stopping.signal.aborted) return;
      this.waking = new AbortController();
      const primaries = await this.read();
      this.readAt = performance.now();
      if (primaries !== undefined && !this.stopping.signal.aborted) this.listener.read(primaries);
      this.tellWaiting();
    }
  }

  private async pause(): Promise<void> {
    const { signal } = this.waking;
    const ms = this.listener.isUnsettled() ? DOUBT_MS : READ_MS;
    await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
    const early = LEAST_MS - (performance.now() - this.readAt);
    if (early > 0) await delay(early, undefined, { ref: false });
  }

  private async read(): Promise<readonly Primary[] | undefined> {
    for (const { link, place } of this.listener.ways()) {
      if (!link.isLive) continue;
      try {
        return readSlotMap(await link.call('CLUSTER', ['SLOTS'], 'read'), place);
      } catch {
        // The next one may know.
      }
    }
    for (const place of this.listener.places()) {
      if (this.stopping.signal.aborted) return undefined;
      try {
        return (await this.ask(place)).primaries;
      } catch {
        // Likewise.
      }
    }
    return undefined;
  }

  private tellWaiting(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
