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

/** Its cost is that of every connection; nobody is refused by it. */
const inCluster = { maxConnectionsPerIpInCluster: 20_000 } as const satisfies SkreaverWsOptions;

interface OursOptions {
  readonly module: SkreaverWsModuleOptions;
  /** Options that are not at their default. */
  readonly changed: readonly string[];
}

export async function oursOptions({ history, addressLimit, ...engine }: PeerOptions): Promise<OursOptions> {
  const channels = history ? historyChannels() : undefined;
  return {
    module: {
      ...raisedLimits,
      ...channels,
      ...(addressLimit && inCluster),
      ...(await clusterOf(engine)),
      authHandler: { useClass: BenchAuthHandler },
    },
    changed: [
      ...Object.entries(raisedLimits).map(([name, value]) => `${name}: ${value}`),
      ...(addressLimit ? [`maxConnectionsPerIpInCluster: ${inCluster.maxConnectionsPerIpInCluster}`] : []),
      ...(history ? [channels === undefined ? 'no history: this version has none' : 'history of 100 events'] : []),
    ],
  };
}

/** Imported lazily, as one node without an engine does not load it. */
async function clusterOf({
  redisUrl,
  hubPath,
}: Pick<PeerOptions, 'redisUrl' | 'hubPath'>): Promise<Pick<SkreaverWsModuleOptions, 'backplane'>> {
  if (hubPath !== undefined) {
    const { hubBackplane } = await import('@skreaver/workers');
    return { backplane: hubBackplane({ path: hubPath }) };
  }
  if (redisUrl === undefined) return {};
  const { redisBackplane } = await import('@skreaver/redis');
  return { backplane: redisBackplane({ url: redisUrl }) };
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
