import type { Provider } from '@nestjs/common';
import { type ResolvedConfig, SKREAVER_WS_CONFIG } from '../config/index.js';
import { ThrottledLog, WsMetrics } from '../metrics/index.js';
import { TimerWheel } from '../timers/index.js';
import { ConnectionHandler } from './host/connection-handler.js';
import { Flusher } from './outbound/flusher.js';
import { PlainGateways } from './upgrade/plain-gateways.js';
import { UpgradeHandler } from './upgrade/upgrade-handler.js';

/** Needs a {@link ConnectionHandler}, which the gateway provides. */
export const transportProviders: Provider[] = [
  {
    provide: Flusher,
    useFactory: (metrics: WsMetrics, config: ResolvedConfig) =>
      new Flusher(metrics, { frames: config.broadcastBufferSize, bytes: config.maxBufferedBytes }),
    inject: [WsMetrics, SKREAVER_WS_CONFIG],
  },
  PlainGateways,
  {
    provide: UpgradeHandler,
    useFactory: (
      config: ResolvedConfig,
      handler: ConnectionHandler,
      metrics: WsMetrics,
      log: ThrottledLog,
      timers: TimerWheel,
      flusher: Flusher,
    ) => new UpgradeHandler({ config, handler, metrics, log, timers, flusher }),
    inject: [SKREAVER_WS_CONFIG, ConnectionHandler, WsMetrics, ThrottledLog, TimerWheel, Flusher],
  },
];
