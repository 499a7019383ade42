import type { Provider } from '@nestjs/common';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { ThrottledLog, WsMetrics } from '../metrics/index.js';
import { Backplane } from './backplane.js';
import { systemClock } from './clock.js';
import { type KeyOwner, MemoryBackplane } from './memory-backplane.js';

/** Provides the in-memory backplane, for a server of one node. */
export const memoryBackplaneProvider: Provider = {
  provide: Backplane,
  useFactory: ({ historyMaxBytes, idempotencyMaxKeys }: ResolvedConfig, metrics: WsMetrics, log: ThrottledLog) => {
    const forgotten = (owner: KeyOwner): void => {
      metrics.idempotencyKeyForgotten(owner);
      log.write('warn', MemoryBackplane, `idempotency key of ${owner} forgotten before its time`, {
        idempotencyMaxKeys,
      });
    };
    return new MemoryBackplane(historyMaxBytes, systemClock, { maxKeys: idempotencyMaxKeys, forgotten });
  },
  inject: [SkreaverWsConfig, WsMetrics, ThrottledLog],
};
