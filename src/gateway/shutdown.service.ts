import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { ConnectionTable } from '../connection/index.js';
import { PublishGate } from '../delivery/index.js';
import { ConnectionHooks } from '../hooks/index.js';
import { ThrottledLog } from '../metrics/index.js';
import { PresenceTracker } from '../presence/index.js';
import { TimeoutError, TimerWheel, withTimeout } from '../timers/index.js';
import { UpgradeHandler } from '../transport/index.js';

/** Close frames written before the event loop turns. */
const BATCH = 500;
/** Spread of the clients' reconnects: a time per connection, within bounds. */
const SPREAD_MS_PER_CONNECTION = 2;
const MIN_SPREAD_MS = 1000;
const MAX_SPREAD_MS = 30_000;
/** The most time that publications in progress may delay the goodbye; half of the time for all if that is shorter. */
const PUBLICATIONS_MS = 1000;

/**
 * Drains the node when the application shuts down. From the first hook on, new connections get 503. The second hook
 * rejects further publications and finishes those in progress. Then it closes the open connections with 1012 and a
 * retry time that is spread over all of them. Connections left at `shutdownTimeout` are terminated. A member has left
 * unless it is back on another node within `presenceLeaveDelay`. `@OnDisconnect()` methods have the rest of the time.
 * @example
 * ```ts
 * import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
 * import { ShutdownService } from '@skreaver/nestjs-ws';
 *
 * @Controller('ready')
 * export class ReadyController {
 *   constructor(private readonly shutdown: ShutdownService) {}
 *
 *   @Get()
 *   check(): string {
 *     if (this.shutdown.isDraining) throw new ServiceUnavailableException();
 *     return 'ready';
 *   }
 * }
 * ```
 */
@Injectable()
export class ShutdownService implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly drain = new AbortController();

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly connections: ConnectionTable,
    private readonly upgrades: UpgradeHandler,
    private readonly publications: PublishGate,
    private readonly presence: PresenceTracker,
    private readonly timers: TimerWheel,
    private readonly hooks: ConnectionHooks,
    private readonly log: ThrottledLog,
  ) {}

  /** For readiness checks: true from the start of the shutdown. */
  get isDraining(): boolean {
    return this.drain.signal.aborted;
  }

  /** Aborted at the start of the shutdown, for what you keep open or running yourself. */
  get drainSignal(): AbortSignal {
    return this.drain.signal;
  }

  /** The first hook of a shutdown. Applications may still publish in theirs, since the connections are open. */
  onModuleDestroy(): void {
    this.drain.abort();
    this.upgrades.drain();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.onModuleDestroy();
    const { shutdownTimeout } = this.config;
    const deadline = performance.now() + shutdownTimeout;
    await this.atMost(Math.min(PUBLICATIONS_MS, shutdownTimeout / 2), this.publications.close());
    await this.sendClose();
    const left = this.presence.leave();
    await this.atMost(deadline - performance.now(), this.upgrades.whenEmpty());
    if (this.upgrades.size > 0)
      this.log.event('cut at the shutdown deadline', { connections: this.upgrades.size }, 'warn');
    this.upgrades.close();
    await this.atMost(deadline - performance.now(), left);
    await this.atMost(deadline - performance.now(), this.hooks.whenIdle());
  }

  /** Waits until the work is done, or for `ms` at most. */
  private async atMost(ms: number, work: Promise<void>): Promise<void> {
    try {
      await withTimeout(this.timers, Math.max(0, ms), work);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }

  private async sendClose(): Promise<void> {
    const connections = this.connections.list();
    if (connections.length === 0) return;
    this.log.event('draining', { connections: connections.length });
    const wanted = connections.length * SPREAD_MS_PER_CONNECTION;
    const spread = Math.min(MAX_SPREAD_MS, Math.max(MIN_SPREAD_MS, wanted));
    for (const [index, connection] of connections.entries()) {
      connection.close(CloseCode.ServiceRestart, Math.round((spread * (index + Math.random())) / connections.length));
      if (index % BATCH === BATCH - 1) await nextTurn();
    }
  }
}
