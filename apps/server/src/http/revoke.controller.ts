import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { SubscriptionService } from '@skreaver/nestjs-ws';
import { IsNotEmpty, IsString } from 'class-validator';
import { IfPresent } from './if-present.js';
import { checkedParams } from './invalid-params.js';

class RevokeBody {
  @IsString()
  @IsNotEmpty()
  user_id: string = '';

  /** Default: every channel. */
  @IfPresent()
  @IsString()
  channel?: string;
}

/** Ends subscriptions of a user. Publications that start after the response do not reach the user through them. */
@Controller('api/revoke')
export class RevokeController {
  constructor(private readonly subscriptions: SubscriptionService) {}

  /** `connections` counts the connections that were subscribed. */
  @Post()
  @HttpCode(200)
  async revoke(
    @Body(checkedParams) { user_id: userId, channel }: RevokeBody,
  ): Promise<{ readonly connections: number }> {
    return { connections: await this.subscriptions.revoke(userId, channel) };
  }
}
