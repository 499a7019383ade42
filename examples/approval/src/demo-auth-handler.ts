import { Injectable } from '@nestjs/common';
import { AuthHandler, type ChannelAction } from '@skreaver/nestjs-ws';
import { ACTIVITY } from './activity.js';
import { PEOPLE } from './people.js';

/** Knows two tokens. Yours checks a session or a JWT. */
@Injectable()
export class DemoAuthHandler extends AuthHandler {
  override authenticate(token: string): string {
    const userId = PEOPLE.get(token);
    if (userId === undefined) throw new Error('unknown token');
    return userId;
  }

  /** Everybody may subscribe to the agent's activity. */
  override checkPermission(_userId: string, channel: string, action: ChannelAction): boolean {
    return channel === ACTIVITY && action !== 'publish';
  }
}
