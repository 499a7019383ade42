import { Inject, Injectable } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, ConnectionRegistry } from '../connection/index.js';
import { type Deadline, DeadlineWheel } from '../transport/index.js';

/** Closes whoever does not authenticate in time (4501) and whose session ended without renewal (4004). */
@Injectable()
export class SessionDeadlines {
  private readonly deadlines = new Map<Connection, Deadline>();

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly wheel: DeadlineWheel,
    registry: ConnectionRegistry,
  ) {
    registry.observe({ ended: (connection) => this.forget(connection) });
  }

  /** Sets the deadline that the connection's state asks for, in place of the former one. */
  watch(connection: Connection): void {
    this.forget(connection);
    const { state } = connection;
    if (state.phase === 'unauthenticated') {
      this.arm(connection, this.config.authTimeout, CloseCode.AuthenticationTimeout);
    } else if (state.phase === 'authenticated' && state.identity.expiresAt !== undefined) {
      const left = state.identity.expiresAt.getTime() - Date.now() + this.config.expiryGrace;
      this.arm(connection, Math.max(0, left), CloseCode.SessionExpired);
    }
  }

  private arm(connection: Connection, delayMs: number, code: CloseCode): void {
    const close = (): void => {
      this.deadlines.delete(connection);
      connection.socket.terminate(code);
    };
    this.deadlines.set(connection, this.wheel.after(delayMs, close));
  }

  private forget(connection: Connection): void {
    const deadline = this.deadlines.get(connection);
    if (deadline === undefined) return;
    this.wheel.disarm(deadline);
    this.deadlines.delete(connection);
  }
}
