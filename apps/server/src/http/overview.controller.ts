import { Controller, Get, Query } from '@nestjs/common';
import { type Connection, ConnectionRegistry, SubscriptionService, wireStats } from '@skreaver/nestjs-ws';
import { Type } from 'class-transformer';
import { IsInt, IsNotEmpty, IsString, Max, Min } from 'class-validator';
import { IfPresent } from './if-present.js';
import { checkedParams } from './invalid-params.js';

class ConnectionsQuery {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  limit: number = 100;

  @IfPresent()
  @IsString()
  @IsNotEmpty()
  user_id?: string;
}

interface ConnectionView {
  readonly connection_id: string;
  /** Null until the connection is authenticated. */
  readonly user_id: string | null;
  readonly client_addr: string;
  readonly connected_at: string;
  readonly channels: readonly string[];
}

/** Statistics, connections and channels of this node for operators. Keys are snake_case, as on the wire. */
@Controller('api')
export class OverviewController {
  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly subscriptions: SubscriptionService,
  ) {}

  @Get('stats')
  stats(): Record<string, number> {
    return wireStats(this.connections.getStats());
  }

  /** `total` counts all matches; `connections` contains at most `limit` of them. */
  @Get('connections')
  list(@Query(checkedParams) query: ConnectionsQuery): {
    readonly total: number;
    readonly connections: readonly ConnectionView[];
  } {
    const { limit, user_id: userId } = query;
    const all = userId === undefined ? this.connections.list() : this.connections.ofUser(userId);
    return { total: all.length, connections: all.slice(0, limit).map((connection) => this.view(connection)) };
  }

  @Get('channels')
  channels(): { readonly channels: readonly { readonly channel: string; readonly subscribers: number }[] } {
    const channels = this.subscriptions.channels();
    return { channels: channels.map(({ channel, subscribers }) => ({ channel, subscribers })) };
  }

  private view({ id, userId, clientAddress, connectedAt }: Connection): ConnectionView {
    return {
      connection_id: id,
      user_id: userId ?? null,
      client_addr: clientAddress,
      connected_at: connectedAt.toISOString(),
      channels: this.subscriptions.subscriptionsOf(id),
    };
  }
}
