import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CloseCode, ConnectionRegistry, SubscriptionService } from '@skreaver/nestjs-ws';
import { IsIn, IsNotEmpty, IsString } from 'class-validator';
import { IfPresent } from './if-present.js';
import { checkedParams, invalidParams } from './invalid-params.js';

class DisconnectBody {
  @IfPresent()
  @IsString()
  @IsNotEmpty()
  connection_id?: string;

  @IfPresent()
  @IsString()
  @IsNotEmpty()
  user_id?: string;

  /** `forced`: close code 4505, the client does not reconnect. `reconnect`: 4005, it does. */
  @IfPresent()
  @IsIn(['forced', 'reconnect'])
  code?: 'forced' | 'reconnect';
}

@Controller('api/disconnect')
export class DisconnectController {
  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly subscriptions: SubscriptionService,
  ) {}

  /** Closes a connection, or all connections of a user, on whatever nodes they are. */
  @Post()
  @HttpCode(200)
  async disconnect(
    @Body(checkedParams) body: DisconnectBody = new DisconnectBody(),
  ): Promise<{ readonly disconnected: number }> {
    const { connection_id: connectionId, user_id: userId } = body;
    const code = body.code === 'reconnect' ? CloseCode.Reconnect : CloseCode.ForcedDisconnect;
    if (userId !== undefined && connectionId === undefined) {
      return { disconnected: await this.subscriptions.disconnectUser(userId, code) };
    }
    if (connectionId !== undefined && userId === undefined) {
      return { disconnected: Number(await this.connections.disconnect(connectionId, code)) };
    }
    throw invalidParams('Send either connection_id or user_id.');
  }
}
