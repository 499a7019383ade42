import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { ConnectionTable } from '../connection/index.js';
import { PublishGate } from '../delivery/index.js';
import { PresenceTracker } from '../presence/index.js';
import { TimeoutError, TimerWheel, withTimeout } from '../timers/index.js';
import { UpgradeHandler } from '../transport/index.js';

/** Close frames written before the event loop turns. */
const BATCH = 500;
/** How the clients' return is spread: time per connection, within bounds. */
const SPREAD_MS_PER_CONNECTION = 2;
const MIN_SPREAD_MS = 1000;
const MAX_SPREAD_MS = 30_000;
/** How long what is being published may hold up the goodbye, and at most half of the time for all. */
const PUBLICATIONS_MS = 1000;

/**
 * Drains when the application shuts down. From its first hook on new connections get 503. In the second one nothing more is
 * published here, what is under way is finished, then the open connections get 1012 with a time to come back that is spread over
 * all of them; what is left at `shutdownTimeout` is cut. Who was present here leaves at once.
 */
@Injectable()
export class ShutdownService implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('SkreaverWs');
  private draining = false;

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly connections: ConnectionTable,
    private readonly upgrades: UpgradeHandler,
    private readonly publications: PublishGate,
    private readonly presence: PresenceTracker,
    private readonly timers: TimerWheel,
  ) {}

  /** For readiness checks: red from the moment the shutdown begins. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** The first hook of a shutdown. An application may still publish in its own: the connections are here. */
  onModuleDestroy(): void {
    this.draining = true;
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
      this.logger.warn({ connections: this.upgrades.size, msg: 'cut at the shutdown deadline' });
    this.upgrades.close();
    await this.atMost(deadline - performance.now(), left);
  }

  /** Waits until the work is done, and no longer than for so many milliseconds. */
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
    this.logger.log({ connections: connections.length, msg: 'draining' });
    const wanted = connections.length * SPREAD_MS_PER_CONNECTION;
    const spread = Math.min(MAX_SPREAD_MS, Math.max(MIN_SPREAD_MS, wanted));
    for (const [index, connection] of connections.entries()) {
      connection.close(CloseCode.ServiceRestart, Math.round((spread * (index + Math.random())) / connections.length));
      if (index % BATCH === BATCH - 1) await nextTurn();
    }
  }
}
