import { Injectable } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { verifyToken } from '../../token.js';

/** Holds the user of each client as a promise, as the adapter accepts messages while the token is being checked. */
@Injectable()
export class Users {
  private readonly checks = new WeakMap<WebSocket, Promise<string | undefined>>();

  /** @returns undefined for a token that is refused */
  check(client: WebSocket, token: string): Promise<string | undefined> {
    const check = verifyToken(token).catch(() => undefined);
    this.checks.set(client, check);
    return check;
  }

  of(client: WebSocket): Promise<string | undefined> {
    return this.checks.get(client) ?? Promise.resolve(undefined);
  }
}
