import { Injectable } from '@nestjs/common';
import { AuthHandler, type ChannelAction, type Identity } from '@skreaver/nestjs-ws';

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
