import type { Provider } from '@nestjs/common';
import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { MetricName } from './metric-names.js';
import { ThrottledLog } from './throttled-log.js';
import { WsMetrics } from './ws-metrics.js';

const counter = (name: string, help: string, ...labelNames: string[]): Provider =>
  makeCounterProvider({ name, help, labelNames });
const gauge = (name: string, help: string): Provider => makeGaugeProvider({ name, help });
const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]): Provider =>
  makeHistogramProvider({ name, help, buckets, labelNames });

/**
 * The metrics land in prom-client's default registry, so the application's own `PrometheusModule.register()` exposes
 * them. This module never registers `PrometheusModule` itself: a second registration throws.
 */
export const metricsProviders: Provider[] = [
  WsMetrics,
  ThrottledLog,
  counter(MetricName.ConnectionsTotal, 'Connections accepted'),
  gauge(MetricName.ConnectionsActive, 'Connections open now'),
  counter(MetricName.ConnectionsFailed, 'Connection attempts refused, by reason', 'reason'),
  counter(MetricName.MessagesSent, 'Messages written to sockets'),
  counter(MetricName.MessagesReceived, 'Messages received from sockets'),
  counter(MetricName.BroadcastDelivered, 'Events queued to subscribers by broadcasts'),
  counter(MetricName.Errors, 'Errors answered to clients, by error code', 'type'),
  counter(MetricName.SubscriptionsFailed, 'Subscriptions refused, by error code', 'reason'),
  gauge(MetricName.SubscriptionsActive, 'Subscriptions held now'),
  gauge(MetricName.ChannelsActive, 'Channels with at least one subscriber now'),
  counter(MetricName.SlowConsumers, 'Connections over their outbound bound, by the policy applied', 'policy'),
  counter(MetricName.Recoveries, 'Subscriptions with a position to recover from, by outcome', 'outcome'),
  counter(MetricName.PublicationsRefused, 'Publications refused as too many wait for their subscribers'),
  counter(
    MetricName.IdempotencyKeysForgotten,
    'Idempotency keys forgotten before their five minutes were over, by whose they were',
    'owner',
  ),
  histogram(
    MetricName.MessageHandling,
    'Seconds from taking a message to its handler being done, by message type',
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5],
    'type',
  ),
  histogram(
    MetricName.Fanout,
    'Seconds to queue one broadcast to all its subscribers',
    [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.25],
  ),
];
