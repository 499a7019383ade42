import { Injectable } from '@nestjs/common';
import { AuthHandler, type ChannelAction, CloseCode, type Identity, SubscriptionService } from '@skreaver/nestjs-ws';

/** Stands for where an application keeps who may enter which room. */
@Injectable()
export class RoomAccess {
  private readonly removed = new Set<string>();

  async remove(userId: string, room: string): Promise<void> {
    this.removed.add(`${userId} room:${room}`);
  }

  has(userId: string, channel: string): boolean {
    return !this.removed.has(`${userId} ${channel}`);
  }
}

@Injectable()
export class RoomAuthHandler extends AuthHandler {
  constructor(private readonly access: RoomAccess) {
    super();
  }

  override authenticate(token: string): Identity {
    return token === 'bot' ? { userId: token } : { userId: token, info: { name: token.toUpperCase() } };
  }

  override checkPermission(userId: string, channel: string, _action: ChannelAction): boolean {
    return this.access.has(userId, channel);
  }
}

// As in docs/guide, word for word but for the `export`.
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
