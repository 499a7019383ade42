import { Injectable } from '@nestjs/common';
import { AuthHandler, type ChannelAction } from '@skreaver/nestjs-ws';
import { type Member, Members } from './members.js';
import { ROOM } from './room.js';

@Injectable()
export class ChatAuthHandler extends AuthHandler {
  constructor(private readonly members: Members) {
    super();
  }

  override authenticate(token: string): Member {
    const member = this.members.find(token);
    if (member === undefined) throw new Error('unknown token');
    return member;
  }

  /** Members read the room. They write by `chat.say`, which sets the right name on each message, not by `publish`. */
  override checkPermission(_userId: string, channel: string, action: ChannelAction): boolean {
    return channel === ROOM && action !== 'publish';
  }
}
