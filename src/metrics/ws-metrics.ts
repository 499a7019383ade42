import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { ClientMessageType, WsErrorCode } from '@skreaver/protocol';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { MetricName } from './metric-names.js';

/** Why a connection attempt was refused: the label of `websocket_connections_failed_total`. */
export type ConnectionFailure =
  | 'malformed'
  | 'path'
  | 'origin'
  | 'subprotocol'
  | 'server_full'
  | 'address_limit'
  | 'connect_rate'
  | 'draining'
  | 'authentication_failed'
  | 'authentication_timeout'
  | 'authentication_busy'
  | 'internal';

/**
 * What became of a subscription that asked to recover: the label of `websocket_recoveries_total`. `gap`: some of what was
 * missed is gone; `epoch`: the counter is another one; `no_position`: the user never acknowledged one. `broken_off`: it had
 * begun, counted as `recovered`, and could not be brought to its end.
 */
export type RecoveryOutcome = 'recovered' | 'gap' | 'epoch' | 'no_position' | 'broken_off';

/** The one place that touches prom-client; everything else speaks of what happened. */
@Injectable()
export class WsMetrics {
  /** Messages written since this instance was made; the counter may be shared with another app of the process. */
  sentCount = 0;
  receivedCount = 0;

  constructor(
    @InjectMetric(MetricName.ConnectionsTotal) private readonly connectionsTotal: Counter,
    @InjectMetric(MetricName.ConnectionsActive) private readonly connectionsActive: Gauge,
    @InjectMetric(MetricName.ConnectionsFailed) private readonly connectionsFailed: Counter<'reason'>,
    @InjectMetric(MetricName.MessagesSent) private readonly sent: Counter,
    @InjectMetric(MetricName.MessagesReceived) private readonly received: Counter,
    @InjectMetric(MetricName.BroadcastDelivered) private readonly broadcastDelivered: Counter,
    @InjectMetric(MetricName.Errors) private readonly errors: Counter<'type'>,
    @InjectMetric(MetricName.SubscriptionsFailed) private readonly subscriptionsFailed: Counter<'reason'>,
    @InjectMetric(MetricName.SubscriptionsActive) private readonly subscriptionsActive: Gauge,
    @InjectMetric(MetricName.ChannelsActive) private readonly channelsActive: Gauge,
    @InjectMetric(MetricName.SlowConsumers) private readonly slowConsumers: Counter<'policy'>,
    @InjectMetric(MetricName.MessageHandling) private readonly handling: Histogram<'type'>,
    @InjectMetric(MetricName.Fanout) private readonly fanout: Histogram,
    @InjectMetric(MetricName.Recoveries) private readonly recoveries: Counter<'outcome'>,
  ) {}

  connectionOpened(): void {
    this.connectionsTotal.inc();
    this.connectionsActive.inc();
  }

  connectionClosed(): void {
    this.connectionsActive.dec();
  }

  connectionFailed(reason: ConnectionFailure): void {
    this.connectionsFailed.inc({ reason });
  }

  messagesSent(count: number): void {
    this.sentCount += count;
    this.sent.inc(count);
  }

  messageReceived(): void {
    this.receivedCount += 1;
    this.received.inc();
  }

  messageHandled(type: ClientMessageType, seconds: number): void {
    this.handling.observe({ type }, seconds);
  }

  errorAnswered(code: WsErrorCode): void {
    this.errors.inc({ type: code });
  }

  /** A socket that the WebSocket layer itself gave up: bad framing, oversize, broken compression. */
  protocolViolated(): void {
    this.errors.inc({ type: 'PROTOCOL_VIOLATION' });
  }

  subscribed(channelIsNew: boolean): void {
    this.subscriptionsActive.inc();
    if (channelIsNew) this.channelsActive.inc();
  }

  unsubscribed(channelIsGone: boolean): void {
    this.subscriptionsActive.dec();
    if (channelIsGone) this.channelsActive.dec();
  }

  subscriptionFailed(code: WsErrorCode): void {
    this.subscriptionsFailed.inc({ reason: code });
  }

  slowConsumer(policy: 'disconnect' | 'drop_oldest' | 'latest'): void {
    this.slowConsumers.inc({ policy });
  }

  recovery(outcome: RecoveryOutcome): void {
    this.recoveries.inc({ outcome });
  }

  broadcast(delivered: number, seconds: number): void {
    this.broadcastDelivered.inc(delivered);
    this.fanout.observe(seconds);
  }
}
