import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Connection } from '../connection/index.js';
import { Throttler } from './throttler.js';

/** Refuses messages over `messageRate` and `messageBurst` with `RATE_LIMIT_EXCEEDED`. */
@Injectable()
export class WsThrottlerGuard implements CanActivate {
  constructor(private readonly throttler: Throttler) {}

  canActivate(context: ExecutionContext): boolean {
    this.throttler.countMessage(context.switchToWs().getClient<Connection>());
    return true;
  }
}
