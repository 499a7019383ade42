// As in docs/guide, word for word but for the `export`.
import { Injectable } from '@nestjs/common';
import { CloseCode, SubscriptionService } from '@skreaver/nestjs-ws';
import { RoomAccess } from './room-access.js'; // your own provider, which stores who may enter a room

@Injectable()
export class Rooms {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly access: RoomAccess,
  ) {}

  async namesIn(room: string) {
    const { members } = await this.subscriptions.presence(`room:${room}`);
    return members.map(({ userId, info }) => (info as { name: string } | undefined)?.name ?? userId);
  }

  async expel(userId: string, room: string) {
    await this.access.remove(userId, room); // first: your AuthHandler decides later subscribes
    await this.subscriptions.revoke(userId, `room:${room}`); // what is published from here on does not reach the user
  }

  async block(userId: string) {
    await this.subscriptions.disconnectUser(userId, CloseCode.PermissionDenied); // every connection
  }
}
