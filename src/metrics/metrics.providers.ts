import type { FactoryProvider, Provider } from '@nestjs/common';
import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { BackplaneMetrics } from './backplane-metrics.js';
import { MetricName } from './metric-names.js';
import { MetricPrefix } from './metric-prefix.js';
import { ThrottledLog } from './throttled-log.js';
import { WsMetrics } from './ws-metrics.js';

/** Makes the metric with the prefix of all modules, not only of those that this module sees. */
const prefixed = (provider: Provider): Provider => ({ ...(provider as FactoryProvider), inject: [MetricPrefix] });

const counter = (name: string, help: string, ...labelNames: string[]): Provider =>
  prefixed(makeCounterProvider({ name, help, labelNames }));
const gauge = (name: string, help: string, ...labelNames: string[]): Provider =>
  prefixed(makeGaugeProvider({ name, help, labelNames }));
const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]): Provider =>
  prefixed(makeHistogramProvider({ name, help, buckets, labelNames }));

/**
 * The metrics land in prom-client's default registry, so the application's own `PrometheusModule.register()` exposes
 * them. This module never registers `PrometheusModule` itself: a second registration throws.
 */
export const metricsProviders: Provider[] = [
  MetricPrefix,
  WsMetrics,
  BackplaneMetrics,
  ThrottledLog,
  counter(MetricName.ConnectionsTotal, 'Connections accepted'),
  gauge(MetricName.ConnectionsActive, 'Connections open now'),
  gauge(MetricName.ConnectionsByEncoding, 'Connections open now, by the encoding of their messages', 'encoding'),
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
  gauge(MetricName.BackplaneInterrupted, 'Servers of this process that do not reach the engine of their backplane now'),
  counter(MetricName.BackplaneInterruptions, 'Times that the engine of the backplane could not be reached any more'),
  counter(
    MetricName.BackplaneReconnects,
    'Times that a lost connection to an engine of the backplane stood again',
    'engine',
  ),
  histogram(
    MetricName.BackplaneRoundTrip,
    'Seconds until an engine of the backplane answered, asked about once a second',
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
    'engine',
  ),
  counter(MetricName.CatchUps, 'Times that a channel had missed events, and this node began to read them'),
  counter(MetricName.EventsRepaired, 'Events that this node missed and read from the history'),
  counter(MetricName.PositionsLost, 'Channels whose position was lost, so that their subscribers were told', 'reason'),
  counter(MetricName.CommandsUnconfirmed, 'Commands that failed, as a node had not confirmed them within 5 s'),
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
