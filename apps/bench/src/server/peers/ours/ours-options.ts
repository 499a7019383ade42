import type { SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';
import type { PeerOptions } from '../peer-server.js';
import { BenchAuthHandler } from './bench-auth-handler.js';

/** Limits on connections and rates, and nothing else: one client machine opens and asks all that is measured. */
const raisedLimits = {
  maxConnections: 20_000,
  maxConnectionsPerIp: 20_000,
  connectRatePerIp: 1_000_000,
  connectBurstPerIp: 1_000_000,
  messageRate: 1_000_000,
  messageBurst: 1_000_000,
} as const;

export function oursOptions({ history }: PeerOptions): SkreaverWsModuleOptions {
  return {
    ...raisedLimits,
    authHandler: { useClass: BenchAuthHandler },
    ...(history ? { channels: { 'c*': historyOptions() } } : {}),
  };
}

export const changedOptions: readonly string[] = Object.entries(raisedLimits).map(
  ([name, value]) => `${name}: ${value}`,
);

function historyOptions(): Record<string, unknown> {
  return { history: { size: 100, ttl: '5m' } };
}
