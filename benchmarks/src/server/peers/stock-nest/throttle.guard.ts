import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { WebSocket } from 'ws';

const RATE_PER_SECOND = 1_000_000;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket for each client. */
@Injectable()
export class ThrottleGuard implements CanActivate {
  private readonly buckets = new WeakMap<WebSocket, Bucket>();

  canActivate(context: ExecutionContext): boolean {
    const client = context.switchToWs().getClient<WebSocket>();
    const now = performance.now();
    let bucket = this.buckets.get(client);
    if (bucket === undefined) this.buckets.set(client, (bucket = { tokens: RATE_PER_SECOND, filledAt: now }));
    bucket.tokens = Math.min(RATE_PER_SECOND, bucket.tokens + ((now - bucket.filledAt) / 1000) * RATE_PER_SECOND);
    bucket.filledAt = now;
    if (bucket.tokens < 1) throw new WsException('RATE_LIMIT_EXCEEDED');
    bucket.tokens -= 1;
    return true;
  }
}
