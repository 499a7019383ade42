import { Injectable } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { Permissions } from '../../auth/index.js';
import { ChannelOptionsResolver } from '../../channel/index.js';
import { type ClientConnection, WsError } from '../../connection/index.js';
import { type Delivery, HistoryReader, Publisher, type RawJson } from '../../delivery/index.js';
import { SubscriptionService } from '../../subscription/index.js';
import { BuiltInRequest } from '../dispatch/ws-request.decorator.js';
import type { RunningRequest } from '../run/running-request.js';
import { RunningRequests } from '../run/running-requests.js';
import { cancelParams, historyParams, publishParams } from './request-params.js';
import { LargeResponses } from './large-responses.js';
import { cancelSchema, historySchema, publishSchema } from './params-schemas.js';
import { publishedData } from './published-data.js';

/** The requests that every server answers (PROTOCOL §5). */
@Injectable()
export class BuiltInRequests {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly options: ChannelOptionsResolver,
    private readonly publisher: Publisher,
    private readonly permissions: Permissions,
    private readonly past: HistoryReader,
    private readonly running: RunningRequests,
    private readonly application: ApplicationConfig,
    private readonly answers: LargeResponses,
  ) {}

  @BuiltInRequest('ping')
  ping(): { timestamp: number } {
    return { timestamp: Date.now() };
  }

  @BuiltInRequest('subscriptions')
  ownSubscriptions(connection: ClientConnection): { channels: readonly string[] } {
    return { channels: this.subscriptions.subscriptionsOf(connection.id) };
  }

  /** Answers false if no request with the id runs, as when its response and the cancel crossed on the wire. */
  @BuiltInRequest('cancel', cancelSchema)
  cancel(connection: ClientConnection, params: unknown, own: RunningRequest): { cancelled: boolean } {
    return { cancelled: this.running.cancel(connection, cancelParams(params), own) };
  }

  /** Needs the channel option `clientPublish` and the permission of the `AuthHandler`. */
  @BuiltInRequest('publish', publishSchema)
  async publish(connection: ClientConnection, params: unknown): Promise<Delivery> {
    const { channel, data, key } = publishParams(params);
    if (this.options.of(channel).clientPublish !== true) throw WsError.permissionDenied(channel);
    const published = publishedData(params, data, this.application);
    const { userId = '' } = connection;
    await this.permissions.require(connection, channel, 'publish');
    return this.publisher.publish({ channel, data: published, idempotencyKey: key }, userId);
  }

  @BuiltInRequest('history', historySchema)
  async history(connection: ClientConnection, params: unknown, own: RunningRequest): Promise<RawJson | undefined> {
    const { channel, range } = historyParams(params);
    return this.permissions.read(connection, channel, 'history', () =>
      this.answers.inTurn(own, () => this.past.readForClient(connection, channel, range)),
    );
  }
}
