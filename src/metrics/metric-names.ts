/** All metrics of this module, by their Prometheus names. A label never holds text that a client chose. */
export const MetricName = {
  ConnectionsTotal: 'websocket_connections_total',
  ConnectionsActive: 'websocket_connections_active',
  ConnectionsFailed: 'websocket_connections_failed_total',
  MessagesSent: 'websocket_messages_sent_total',
  MessagesReceived: 'websocket_messages_received_total',
  BroadcastDelivered: 'websocket_broadcast_delivered_total',
  Errors: 'websocket_errors_total',
  SubscriptionsFailed: 'websocket_subscriptions_failed_total',
  SubscriptionsActive: 'websocket_subscriptions_active',
  ChannelsActive: 'websocket_channels_active',
  SlowConsumers: 'websocket_slow_consumers_total',
  MessageHandling: 'websocket_message_handling_seconds',
  Recoveries: 'websocket_recoveries_total',
  PublicationsRefused: 'websocket_publications_refused_total',
  IdempotencyKeysForgotten: 'websocket_idempotency_keys_forgotten_total',
  Fanout: 'websocket_fanout_seconds',
} as const;
