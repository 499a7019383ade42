import type { ChannelRequest, EventMetadata, Position, ServerMessage } from '@skreaver/protocol';
import { EPOCH } from './history-channel.js';
import {
  type HistoryOutcome,
  type Incoming,
  type PublishOutcome,
  type SubscribeRequest,
  keepsHistory,
} from './model-server.js';

interface PastEvent {
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

/** Says in the model's words what the server says, and the other way round: they differ in the names of epochs. */
export class Translator {
  private readonly epochs = new Map<string, string>();

  constructor(private readonly epochOf: (channel: string) => Promise<string>) {}

  /** A channel has one epoch as long as nothing is forgotten: the first that shows. */
  position(channel: string, { epoch, offset }: Position): Position {
    const known = this.epochs.get(channel) ?? epoch;
    this.epochs.set(channel, known);
    return { epoch: epoch === known ? EPOCH : epoch, offset };
  }

  async realPosition(channel: string, { epoch, offset }: Position): Promise<Position> {
    if (epoch !== EPOCH || !keepsHistory(channel)) return { epoch, offset };
    const known = this.epochs.get(channel) ?? (await this.epochOf(channel));
    this.epochs.set(channel, known);
    return { epoch: known, offset };
  }

  async channelRequest({ channel, since }: SubscribeRequest): Promise<ChannelRequest> {
    if (since === undefined) return channel;
    return { channel, since: since === 'acked' ? since : await this.realPosition(channel, since) };
  }

  receipt(channel: string, receipt: object): PublishOutcome {
    const { epoch, offset, ...rest } = receipt as { delivered: number } & Partial<Position>;
    if (epoch === undefined || offset === undefined) return rest;
    return { ...rest, position: this.position(channel, { epoch, offset }) };
  }

  history(channel: string, result: object): HistoryOutcome {
    const { events, epoch, offset } = result as Position & { events: readonly PastEvent[] };
    const top = this.position(channel, { epoch, offset });
    return { events: events.map(({ data, metadata }) => ({ offset: metadata.offset ?? -1, data })), top };
  }

  incoming(message: ServerMessage): Incoming[] {
    if (message.type === 'unsubscribe_response') return [{ ended: message.data.unsubscribed.toSorted() }];
    if (message.type !== 'event') return [];
    const { data, metadata } = message;
    const { channel, epoch, offset } = metadata;
    if (channel === undefined) return [{ data }];
    if (epoch === undefined || offset === undefined) return [{ data, channel }];
    return [{ data, channel, position: this.position(channel, { epoch, offset }) }];
  }
}
