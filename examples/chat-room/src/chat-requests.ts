import { Injectable, ValidationPipe } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { CurrentIdentity, SubscriptionService, WsRequest } from '@skreaver/nestjs-ws';
import type { Member } from './members.js';
import { ROOM } from './room.js';
import { SayDto } from './say.dto.js';

@Injectable()
export class ChatRequests {
  constructor(private readonly subscriptions: SubscriptionService) {}

  @WsRequest('chat.say')
  async say(
    @MessageBody(new ValidationPipe()) { id, text }: SayDto,
    @CurrentIdentity() { userId, info }: Member,
  ): Promise<void> {
    const message = { from: { id: userId, name: info.name }, text };
    await this.subscriptions.broadcast(ROOM, message, { idempotencyKey: `${userId}:${id}` });
  }
}
