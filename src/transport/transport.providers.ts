import type { Provider } from '@nestjs/common';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { ThrottledLog, WsMetrics } from '../metrics/index.js';
import { NodeId } from '../node/index.js';
import { TimerWheel } from '../timers/index.js';
import { ConnectionHandler } from './host/connection-handler.js';
import { Flusher } from './outbound/flusher.js';
import { PlainGateways } from './upgrade/plain-gateways.js';
import { SkreaverWsServers } from './upgrade/skreaver-ws-servers.js';
import { UpgradeHandler } from './upgrade/upgrade-handler.js';

/** Needs a {@link ConnectionHandler}, which the gateway provides. */
export const transportProviders: Provider[] = [
  {
    provide: Flusher,
    useFactory: (metrics: WsMetrics, config: ResolvedConfig) =>
      new Flusher(metrics, { frames: config.broadcastBufferSize, bytes: config.maxBufferedBytes }),
    inject: [WsMetrics, SkreaverWsConfig],
  },
  PlainGateways,
  SkreaverWsServers,
  {
    provide: UpgradeHandler,
    useFactory: (
      config: ResolvedConfig,
      handler: ConnectionHandler,
      metrics: WsMetrics,
      log: ThrottledLog,
      timers: TimerWheel,
      flusher: Flusher,
      node: NodeId,
    ) => new UpgradeHandler({ config, handler, metrics, log, timers, flusher }, node),
    inject: [SkreaverWsConfig, ConnectionHandler, WsMetrics, ThrottledLog, TimerWheel, Flusher, NodeId],
  },
];
