import { Injectable } from '@nestjs/common';
import { WsErrorCode, isChannelName, protocolLimits } from '@skreaver/protocol';
import { Permissions } from '../auth/index.js';
import { ChannelOptionsResolver } from '../channel/index.js';
import { type Connection, ConnectionRegistry, WsError, wireStats } from '../connection/index.js';
import { type Delivery } from '../delivery/index.js';
import { SubscriptionService } from '../subscription/index.js';
import type { RunningRequest } from './running-request.js';
import { RunningRequests } from './running-requests.js';
import { WsRequest } from './ws-request.decorator.js';

/** The requests that every server answers (protocol §5). */
@Injectable()
export class BuiltInRequests {
  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly subscriptions: SubscriptionService,
    private readonly options: ChannelOptionsResolver,
    private readonly permissions: Permissions,
    private readonly running: RunningRequests,
  ) {}

  @WsRequest('ping')
  ping(): { timestamp: number } {
    return { timestamp: Date.now() };
  }

  @WsRequest('get_stats')
  getStats(): Record<string, number> {
    return wireStats(this.registry.getStats());
  }

  @WsRequest('subscriptions')
  ownSubscriptions(connection: Connection): { channels: readonly string[] } {
    return { channels: this.subscriptions.subscriptionsOf(connection.id) };
  }

  /** False where nothing runs under the id any more, as when its answer and the cancel met on the way. */
  @WsRequest('cancel')
  cancel(connection: Connection, params: unknown, own: RunningRequest): { cancelled: boolean } {
    return { cancelled: this.running.cancel(connection, cancelParams(params), own) };
  }

  /** Only where the channel's `clientPublish` and the `AuthHandler` allow it. */
  @WsRequest('publish')
  async publish(connection: Connection, params: unknown): Promise<Delivery> {
    const { channel, data } = publishParams(params);
    if (this.options.of(channel).clientPublish !== true) throw WsError.permissionDenied(channel);
    const { generation } = connection;
    const allowed = await this.permissions.allows(connection, channel, 'publish');
    if (!allowed || connection.generation !== generation) throw WsError.permissionDenied(channel);
    return this.subscriptions.broadcast(channel, data);
  }
}

function cancelParams(params: unknown): string {
  const isObject = typeof params === 'object' && params !== null;
  const { correlation_id: correlationId } = (isObject ? params : {}) as { correlation_id?: unknown };
  if (typeof correlationId === 'string') return correlationId;
  throw new WsError(WsErrorCode.InvalidParams, 'cancel needs params {correlation_id}, a string.');
}

function publishParams(params: unknown): { channel: string; data: unknown } {
  const isObject = typeof params === 'object' && params !== null;
  const { channel, data } = (isObject ? params : {}) as { channel?: unknown; data?: unknown };
  if (typeof channel !== 'string' || data === undefined) {
    throw new WsError(WsErrorCode.InvalidParams, 'publish needs params {channel, data}, channel being a string.');
  }
  if (isChannelName(channel)) return { channel, data };
  throw WsError.invalidChannel((channel as string).slice(0, protocolLimits.maxChannelNameLength));
}
