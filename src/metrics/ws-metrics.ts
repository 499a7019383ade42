import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { type ClientMessageType, WsErrorCode, type subprotocols } from '@skreaver/protocol';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { BufferedCounter, BufferedHistogram } from './buffered-counter.js';
import { MetricName } from './metric-names.js';

const PROTOCOL_CODES: ReadonlySet<string> = new Set(Object.values(WsErrorCode));

/** How the messages of a connection are written: the label of `websocket_connections_by_encoding`. */
export type EncodingName = keyof typeof subprotocols;

/** The reason for which a connection attempt was rejected: the label of `websocket_connections_failed_total`. */
export type ConnectionFailure =
  | 'malformed'
  | 'path'
  | 'origin'
  | 'host'
  | 'subprotocol'
  | 'server_full'
  | 'address_limit'
  | 'user_limit'
  | 'socket_limit'
  | 'connect_rate'
  | 'draining'
  | 'authentication_failed'
  | 'authentication_timeout'
  | 'authentication_busy'
  | 'authentication_unavailable'
  | 'internal';

/**
 * The outcome of a subscription that asked to recover: the label of `websocket_recoveries_total`. `gap`: missed events
 * are no longer kept. `epoch`: the channel has a new epoch. `no_position`: the user has not acknowledged any position.
 * `broken_off`: a recovery had begun, counted as `recovered`, and could not be completed.
 */
export type RecoveryOutcome = 'recovered' | 'gap' | 'epoch' | 'no_position' | 'broken_off';

/** With `BackplaneMetrics` the only injectable that uses prom-client. All other rooms report events to their methods. */
@Injectable()
export class WsMetrics implements OnApplicationShutdown {
  /**
   * Messages written since this instance was created. The Prometheus counter may include another application of the
   * process.
   */
  sentCount = 0;
  receivedCount = 0;
  /** The number of channels that have subscribers now. */
  channelCount = 0;
  private readonly connectionsTotal: BufferedCounter;
  private readonly connectionsActive: BufferedCounter;
  private readonly connectionsByEncoding: Readonly<Record<EncodingName, BufferedCounter>>;
  private readonly sent: BufferedCounter;
  private readonly received: BufferedCounter;
  private readonly broadcastDelivered: BufferedCounter;
  private readonly subscriptionsActive: BufferedCounter;
  private readonly channelsActive: BufferedCounter;
  private readonly handling: BufferedHistogram;
  private readonly fanout: BufferedHistogram;

  constructor(
    @InjectMetric(MetricName.ConnectionsTotal) connectionsTotal: Counter,
    @InjectMetric(MetricName.ConnectionsActive) connectionsActive: Gauge,
    @InjectMetric(MetricName.ConnectionsByEncoding) connectionsByEncoding: Gauge<'encoding'>,
    @InjectMetric(MetricName.ConnectionsFailed) private readonly connectionsFailed: Counter<'reason'>,
    @InjectMetric(MetricName.MessagesSent) sent: Counter,
    @InjectMetric(MetricName.MessagesReceived) received: Counter,
    @InjectMetric(MetricName.BroadcastDelivered) broadcastDelivered: Counter,
    @InjectMetric(MetricName.Errors) private readonly errors: Counter<'type'>,
    @InjectMetric(MetricName.SubscriptionsFailed) private readonly subscriptionsFailed: Counter<'reason'>,
    @InjectMetric(MetricName.SubscriptionsActive) subscriptionsActive: Gauge,
    @InjectMetric(MetricName.ChannelsActive) channelsActive: Gauge,
    @InjectMetric(MetricName.SlowConsumers) private readonly slowConsumers: Counter<'policy'>,
    @InjectMetric(MetricName.MessageHandling) handling: Histogram<'type'>,
    @InjectMetric(MetricName.Fanout) fanout: Histogram,
    @InjectMetric(MetricName.Recoveries) private readonly recoveries: Counter<'outcome'>,
    @InjectMetric(MetricName.IdempotencyKeysForgotten) private readonly keysForgotten: Counter<'owner'>,
    @InjectMetric(MetricName.PublicationsRefused) private readonly publicationsRefused: Counter,
  ) {
    this.connectionsTotal = new BufferedCounter(connectionsTotal);
    this.connectionsActive = new BufferedCounter(connectionsActive);
    this.connectionsByEncoding = {
      json: new BufferedCounter(connectionsByEncoding, { encoding: 'json' }),
      msgpack: new BufferedCounter(connectionsByEncoding, { encoding: 'msgpack' }),
    };
    this.sent = new BufferedCounter(sent);
    this.received = new BufferedCounter(received);
    this.broadcastDelivered = new BufferedCounter(broadcastDelivered);
    this.subscriptionsActive = new BufferedCounter(subscriptionsActive);
    this.channelsActive = new BufferedCounter(channelsActive);
    this.handling = new BufferedHistogram(handling, 'type');
    this.fanout = new BufferedHistogram(fanout);
  }

  /** Runs after all connections are closed. The meters stay, as applications of one process share them. */
  onApplicationShutdown(): void {
    for (const counter of [
      this.connectionsTotal,
      this.connectionsActive,
      ...Object.values(this.connectionsByEncoding),
      this.sent,
      this.received,
      this.broadcastDelivered,
      this.subscriptionsActive,
      this.channelsActive,
      this.handling,
      this.fanout,
    ]) {
      counter.end();
    }
  }

  connectionOpened(encoding: EncodingName): void {
    this.connectionsTotal.add(1);
    this.connectionsActive.add(1);
    this.connectionsByEncoding[encoding].add(1);
  }

  connectionClosed(encoding: EncodingName): void {
    this.connectionsActive.add(-1);
    this.connectionsByEncoding[encoding].add(-1);
  }

  connectionFailed(reason: ConnectionFailure): void {
    this.connectionsFailed.inc({ reason });
  }

  messagesSent(count: number): void {
    this.sentCount += count;
    this.sent.add(count);
  }

  messageReceived(): void {
    this.receivedCount += 1;
    this.received.add(1);
  }

  messageHandled(type: ClientMessageType, seconds: number): void {
    this.handling.observe(seconds, type);
  }

  errorAnswered(code: string): void {
    this.errors.inc({ type: labelOf(code) });
  }

  /** Counts a socket that the WebSocket layer closed: bad framing, oversize, broken compression. */
  protocolViolated(): void {
    this.errors.inc({ type: 'PROTOCOL_VIOLATION' });
  }

  subscribed(channelIsNew: boolean): void {
    this.subscriptionsActive.add(1);
    if (!channelIsNew) return;
    this.channelCount += 1;
    this.channelsActive.add(1);
  }

  unsubscribed(channelIsGone: boolean): void {
    this.subscriptionsActive.add(-1);
    if (!channelIsGone) return;
    this.channelCount -= 1;
    this.channelsActive.add(-1);
  }

  subscriptionFailed(code: string): void {
    this.subscriptionsFailed.inc({ reason: labelOf(code) });
  }

  slowConsumer(policy: 'disconnect' | 'drop_oldest' | 'latest'): void {
    this.slowConsumers.inc({ policy });
  }

  recovery(outcome: RecoveryOutcome): void {
    this.recoveries.inc({ outcome });
  }

  /**
   * Counts an idempotency key that was forgotten before its five minutes were over. A retry with that key publishes
   * again.
   */
  idempotencyKeyForgotten(owner: 'application' | 'client'): void {
    this.keysForgotten.inc({ owner });
  }

  /** Counts a publication that was refused because `maxWaitingPublishBytes` were waiting. */
  publicationRefused(): void {
    this.publicationsRefused.inc();
  }

  broadcast(delivered: number, seconds: number): void {
    this.broadcastDelivered.add(delivered);
    this.fanout.observe(seconds);
  }
}

/** Codes of the application share one label: their number has no bound. */
function labelOf(code: string): string {
  return PROTOCOL_CODES.has(code) ? code : 'APPLICATION';
}
