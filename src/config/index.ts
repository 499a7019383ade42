export type { ChannelOptions } from './channel-options.js';
export { ConfigError, type ConfigProblem } from './config-error.js';
export { SKREAVER_WS_CONFIG } from './config-token.js';
export { configFromEnvironment } from './environment.js';
export { environmentNames } from './environment-names.js';
export { parseBoolean } from './parse-boolean.js';
export { parseDuration } from './units.js';
export { parseSize } from './parse-size.js';
export { resolveConfig } from './resolve-config.js';
export {
  SkreaverWsConfig,
  type Heartbeat,
  type ResolvedConfig,
  type SkreaverWsOptions,
  type TokenSource,
} from './skreaver-ws-config.js';
