import { ConfigError, resolveConfig, type SkreaverWsModuleOptions, type SkreaverWsOptions } from '@skreaver/nestjs-ws';
import type { PeerOptions } from '../peer-server.js';
import { BenchAuthHandler } from './bench-auth-handler.js';

/** Raises only the limits on connections and rates, as all load comes from one address. */
const raisedLimits = {
  maxConnections: 20_000,
  maxConnectionsPerIp: 20_000,
  connectRatePerIp: 1_000_000,
  connectBurstPerIp: 1_000_000,
  messageRate: 1_000_000,
  messageBurst: 1_000_000,
} as const satisfies SkreaverWsOptions;

interface OursOptions {
  readonly module: SkreaverWsModuleOptions;
  /** Options that are not at their default. */
  readonly changed: readonly string[];
}

export function oursOptions({ history }: PeerOptions): OursOptions {
  const channels = history ? historyChannels() : undefined;
  return {
    module: { ...raisedLimits, ...channels, authHandler: { useClass: BenchAuthHandler } },
    changed: [
      ...Object.entries(raisedLimits).map(([name, value]) => `${name}: ${value}`),
      ...(history ? [channels === undefined ? 'no history: this version has none' : 'history of 100 events'] : []),
    ],
  };
}

/** Returns undefined for a version of the module without history. */
function historyChannels(): SkreaverWsOptions | undefined {
  const options = { channels: { 'c*': { history: { size: 100, ttl: 300_000 } } } } as SkreaverWsOptions;
  try {
    resolveConfig(options);
    return options;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
