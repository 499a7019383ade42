/** @module Connects the nodes of Skreaver WS through Redis or Valkey. */
export { RedisBackplane } from './redis-backplane.js';
export { redisBackplane } from './redis-backplane-source.js';
export type { RedisBackplaneOptions } from './redis-backplane.options.js';
