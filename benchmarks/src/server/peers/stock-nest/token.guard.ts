import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { Users } from './users.js';

@Injectable()
export class TokenGuard implements CanActivate {
  constructor(private readonly users: Users) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const user = await this.users.of(context.switchToWs().getClient<WebSocket>());
    if (user === undefined) throw new WsException('AUTHENTICATION_REQUIRED');
    return true;
  }
}
