import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode, encodeEvent, isChannelName } from '@skreaver/protocol';
import { SubscriberIndex } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, WsError } from '../connection/index.js';
import { WsMetrics } from '../metrics/index.js';
import { Flusher, Frame } from '../transport/index.js';
import { eventJson } from './event-json.js';

export interface Delivery {
  /** Connections to whose outbox the event went. */
  readonly delivered: number;
}

/** The one way out for events: encoded once, framed once, the same frame pushed to every outbox. */
@Injectable()
export class Publisher {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly index: SubscriberIndex,
    private readonly metrics: WsMetrics,
    private readonly flusher: Flusher,
  ) {}

  /**
   * Publishes to the channel's subscribers, in publish order per channel.
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (data is not JSON), `MESSAGE_TOO_LARGE` (over `maxBufferedBytes`)
   */
  publish(channel: string, data: unknown): Delivery {
    if (!isChannelName(channel)) throw WsError.invalidChannel(channel);
    const startedAt = performance.now();
    const frame = this.frame(data, { channel, timestamp: Date.now() });
    const delivered = this.flusher.broadcast(frame, this.index.subscribersOf(channel));
    this.metrics.broadcast(delivered, (performance.now() - startedAt) / 1000);
    return { delivered };
  }

  /**
   * Sends an event that belongs to no channel.
   * @throws WsError `INVALID_PARAMS`, `MESSAGE_TOO_LARGE`
   */
  send(connections: Iterable<Connection>, data: unknown, correlationId?: string): Delivery {
    return { delivered: push(this.frame(data, { timestamp: Date.now() }, correlationId), connections) };
  }

  private frame(data: unknown, metadata: Parameters<typeof encodeEvent>[1], correlationId?: string): Frame {
    const frame = Frame.text(encodeEvent(eventJson(data), metadata, correlationId));
    const size = frame.bytes.length;
    const max = this.config.maxBufferedBytes;
    if (size > max) {
      throw new WsError(WsErrorCode.MessageTooLarge, `The event has ${size} bytes; at most ${max} are sent.`, {
        size,
        max,
      });
    }
    return frame;
  }
}

/** A connection that overflows is removed from the set while it is walked, which a Set allows. */
function push(frame: Frame, connections: Iterable<Connection>): number {
  let delivered = 0;
  for (const connection of connections) if (connection.socket.push(frame)) delivered += 1;
  return delivered;
}
