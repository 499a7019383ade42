// As in docs/guide, word for word but for the `export`.
import { Injectable } from '@nestjs/common';
import {
  type DisconnectEvent,
  OnDisconnect,
  OnSubscribe,
  OnUnsubscribe,
  type SubscriptionEvent,
} from '@skreaver/nestjs-ws';

@Injectable()
export class Attendance {
  readonly rooms = new Map<string, Set<string>>();

  @OnSubscribe()
  arrived({ connection, channel }: SubscriptionEvent) {
    const members = this.rooms.get(channel) ?? new Set();
    this.rooms.set(channel, members.add(connection.id));
  }

  @OnUnsubscribe()
  left({ connection, channel }: SubscriptionEvent) {
    this.rooms.get(channel)?.delete(connection.id);
  }

  @OnDisconnect()
  gone({ identity, code, reason }: DisconnectEvent) {
    console.log(`${identity.userId} left with ${code} ${reason}`); // such as "ann left with 4002 SLOW_CONSUMER"
  }
}
