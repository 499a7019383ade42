import { Injectable } from '@nestjs/common';
import { AuthHandler } from '@skreaver/nestjs-ws';
import { verifyToken } from '../../token.js';

@Injectable()
export class BenchAuthHandler extends AuthHandler {
  override authenticate(token: string): Promise<string> {
    return verifyToken(token);
  }

  override checkPermission(userId: string, channel: string): boolean {
    return !channel.startsWith('private.') || channel.startsWith(`private.${userId}.`);
  }
}
