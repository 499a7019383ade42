import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import {
  type ConnectEvent,
  CurrentIdentity,
  type Delivery,
  type Identity,
  OnConnect,
  SubscriptionService,
  WsRequest,
} from '@skreaver/nestjs-ws';

/** Rooms in which people talk. */
@Injectable()
export class Rooms {
  readonly visitors: string[] = [];

  constructor(private readonly subscriptions: SubscriptionService) {}

  @OnConnect()
  welcome({ identity }: ConnectEvent): void {
    this.visitors.push(identity.userId);
  }

  @WsRequest('say')
  say(
    @MessageBody() { room, text }: { room: string; text: string },
    @CurrentIdentity() { userId }: Identity,
  ): Promise<Delivery> {
    return this.subscriptions.broadcast(`room:${room}`, { text, by: userId });
  }

  @WsRequest('spell')
  async *spell(@MessageBody() { text }: { text: string }): AsyncGenerator<string, number> {
    for (const letter of text) yield letter;
    return text.length;
  }
}
