import type { ConnectionStats } from './connection-registry.js';

/** Renames the figures for clients and HTTP callers, in snake_case (PROTOCOL §5, `get_stats`). */
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
