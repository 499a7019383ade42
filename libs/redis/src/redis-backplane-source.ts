import type { BackplaneSource } from '@skreaver/nestjs-ws';
import { RedisBackplane } from './redis-backplane.js';
import { type RedisBackplaneOptions, resolveOptions } from './redis-backplane.options.js';

/**
 * The option `backplane` of `SkreaverWsModule` for a server of several nodes that share a Redis.
 * @throws Error with a sentence for an operator, when an option is wrong
 * @example
 * ```ts
 * import { SkreaverWsModule } from '@skreaver/nestjs-ws';
 * import { redisBackplane } from '@skreaver/redis';
 *
 * SkreaverWsModule.forRoot({ backplane: redisBackplane({ url: 'redis://localhost:6379' }) });
 * ```
 */
export function redisBackplane(options: RedisBackplaneOptions): BackplaneSource {
  resolveOptions(options);
  return { useFactory: () => new RedisBackplane(options) };
}
