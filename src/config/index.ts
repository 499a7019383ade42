export type { ChannelOptions } from './channel-options.js';
export { ConfigError, type ConfigProblem } from './config-error.js';
export { configProviders } from './config.providers.js';
export { configFromEnvironment, environmentNames } from './environment.js';
export { resolveConfig } from './resolve-config.js';
export {
  SKREAVER_WS_CONFIG,
  SkreaverWsConfig,
  type ConnectionsPerUserPolicy,
  type Heartbeat,
  type ResolvedConfig,
  type SkreaverWsOptions,
  type TokenSource,
} from './skreaver-ws-config.js';
export { parseDuration } from './text-formats.js';
