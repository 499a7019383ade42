import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { SkreaverWsConfig, type ResolvedConfig } from '../config/index.js';
import { Backplane } from '../backplane/index.js';
import { ConnectionRegistry } from '../connection/index.js';
import { ShutdownService } from '../gateway/index.js';

export interface CapacityOptions {
  /** The part of `maxConnections`, above 0 and up to 1, from which on the server counts as full. Default: 1. */
  readonly maxLoad?: number;
}

/**
 * Health indicators for Terminus 11 and later. A provider of your module, which imports `TerminusModule` and sees the
 * exports of `SkreaverWsModule`.
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 * import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
 * import { SkreaverWsHealthIndicator } from '@skreaver/nestjs-ws/terminus';
 *
 * @Controller('health')
 * export class HealthController {
 *   constructor(
 *     private readonly health: HealthCheckService,
 *     private readonly websocket: SkreaverWsHealthIndicator,
 *   ) {}
 *
 *   @Get('ready')
 *   @HealthCheck()
 *   ready() {
 *     return this.health.check([
 *       () => this.websocket.isReady('websocket'),
 *       () => this.websocket.hasCapacity('capacity', { maxLoad: 0.9 }),
 *     ]);
 *   }
 * }
 * ```
 */
@Injectable()
export class SkreaverWsHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly shutdown: ShutdownService,
    private readonly registry: ConnectionRegistry,
    private readonly backplane: Backplane,
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
  ) {}

  /**
   * Whether new connections are accepted. Down, with `draining: true`, from the first hook of a shutdown on. `backplane`
   * is `live`, or `degraded` while its engine cannot be reached, which counts as down with `readyNeedsBackplane` alone.
   */
  isReady<Key extends string>(key: Key): HealthIndicatorResult<Key> {
    const { connections } = this;
    const { state, reason } = this.backplane.health;
    const details = { connections, backplane: state, ...(reason === undefined ? {} : { reason }) };
    const indicator = this.indicators.check(key);
    if (this.shutdown.isDraining) return indicator.down({ ...details, draining: true });
    const isDown = this.config.readyNeedsBackplane && state === 'degraded';
    return isDown ? indicator.down(details) : indicator.up(details);
  }

  /**
   * Whether there is room for more connections. Down from `maxLoad` of `maxConnections` on.
   * @throws RangeError when `maxLoad` is not above 0 and up to 1
   */
  hasCapacity<Key extends string>(key: Key, { maxLoad = 1 }: CapacityOptions = {}): HealthIndicatorResult<Key> {
    if (!(maxLoad > 0 && maxLoad <= 1))
      throw new RangeError(`maxLoad is ${maxLoad}; give a number above 0 and up to 1.`);
    const { connections } = this;
    const { maxConnections } = this.config;
    const indicator = this.indicators.check(key);
    const load = { connections, maxConnections };
    if (connections < maxConnections * maxLoad) return indicator.up(load);
    return indicator.down({ ...load, message: `${connections} of ${maxConnections} connections are open.` });
  }

  private get connections(): number {
    return this.registry.getStats().activeConnections;
  }
}
