import type { ConnectionStats } from './connection-registry.js';

/**
 * Renames the figures for clients and HTTP callers, in snake_case (PROTOCOL §5, `get_stats`).
 * @example
 * ```ts
 * import { type ConnectionRegistry, wireStats } from '@skreaver/nestjs-ws';
 *
 * export const activeConnections = (registry: ConnectionRegistry) => wireStats(registry.getStats())['active_connections'];
 * ```
 */
export function wireStats(stats: ConnectionStats): Record<string, number> {
  return {
    active_connections: stats.activeConnections,
    total_connections: stats.totalConnections,
    peak_connections: stats.peakConnections,
    authenticated_connections: stats.authenticatedConnections,
    messages_sent: stats.messagesSent,
    messages_received: stats.messagesReceived,
    channels: stats.channels,
  };
}
