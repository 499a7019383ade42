import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { ConnectionRegistry } from '../connection/index.js';
import { PublishGate } from '../delivery/index.js';
import { PresenceTracker } from '../presence/index.js';
import { UpgradeHandler } from '../transport/index.js';

/** Close frames written before the event loop turns. */
const BATCH = 500;
/** How the clients' return is spread: time per connection, within bounds. */
const SPREAD_MS_PER_CONNECTION = 2;
const MIN_SPREAD_MS = 1000;
const MAX_SPREAD_MS = 30_000;
const POLL_MS = 20;
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
    private readonly registry: ConnectionRegistry,
    private readonly upgrades: UpgradeHandler,
    private readonly publications: PublishGate,
    private readonly presence: PresenceTracker,
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
    await atMost(Math.min(PUBLICATIONS_MS, shutdownTimeout / 2), this.publications.close());
    await this.sendClose();
    const left = this.presence.leave();
    while (this.upgrades.size > 0 && performance.now() < deadline) await pause(POLL_MS);
    if (this.upgrades.size > 0)
      this.logger.warn({ connections: this.upgrades.size, msg: 'cut at the shutdown deadline' });
    this.upgrades.close();
    await atMost(Math.max(0, deadline - performance.now()), left);
  }

  private async sendClose(): Promise<void> {
    const connections = this.registry.list();
    if (connections.length === 0) return;
    this.logger.log({ connections: connections.length, msg: 'draining' });
    const wanted = connections.length * SPREAD_MS_PER_CONNECTION;
    const spread = Math.min(MAX_SPREAD_MS, Math.max(MIN_SPREAD_MS, wanted));
    for (const [index, connection] of connections.entries()) {
      connection.close(CloseCode.ServiceRestart, Math.round((spread * (index + Math.random())) / connections.length));
      if (index % BATCH === BATCH - 1) await pause(0);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when the work is done, and no later than after so many milliseconds. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
