import { Inject, Injectable } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import type { ClientConnection, ConnectionObserver } from '../connection/index.js';
import { Timer, TimerWheel } from '../timers/index.js';

type EndOfSession = typeof CloseCode.AuthenticationTimeout | typeof CloseCode.SessionExpired;

class SessionDeadline extends Timer {
  private heldAt = 0;

  constructor(
    private readonly code: EndOfSession,
    private dueAt: number,
    private readonly end: (code: EndOfSession) => void,
  ) {
    super();
  }

  arm(wheel: TimerWheel): void {
    wheel.arm(this, Math.max(0, this.dueAt - performance.now()));
  }

  hold(wheel: TimerWheel): void {
    wheel.disarm(this);
    this.heldAt = performance.now();
  }

  /** A check does not count towards `authTimeout`; but it does not prolong a session beyond its token either. */
  resume(wheel: TimerWheel): void {
    if (this.code === CloseCode.AuthenticationTimeout) this.dueAt += performance.now() - this.heldAt;
    this.arm(wheel);
  }

  override fire(): void {
    this.end(this.code);
  }
}

/** Closes connections that do not authenticate in time (4501) or whose session expired without a renewal (4004). */
@Injectable()
export class SessionDeadlines implements ConnectionObserver {
  private readonly deadlines = new Map<ClientConnection, SessionDeadline>();

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly wheel: TimerWheel,
  ) {}

  onEnded(connection: ClientConnection): void {
    this.forget(connection);
  }

  /** Sets the deadline for the connection's state; it replaces the former one. */
  watch(connection: ClientConnection): void {
    this.forget(connection);
    const { state } = connection;
    if (state.phase === 'unauthenticated') {
      this.arm(connection, this.config.authTimeout, CloseCode.AuthenticationTimeout);
    } else if (state.phase === 'authenticated' && state.identity.expiresAt !== undefined) {
      const left = state.identity.expiresAt.getTime() - Date.now() + this.config.expiryGrace;
      this.arm(connection, left, CloseCode.SessionExpired);
    }
  }

  /** Suspends the deadline of a connection during work that ends by itself. */
  async heldDuring<T>(connection: ClientConnection, work: () => Promise<T>): Promise<T> {
    const deadline = this.deadlines.get(connection);
    deadline?.hold(this.wheel);
    try {
      return await work();
    } finally {
      if (deadline !== undefined && this.deadlines.get(connection) === deadline) deadline.resume(this.wheel);
    }
  }

  private arm(connection: ClientConnection, delayMs: number, code: EndOfSession): void {
    const deadline = new SessionDeadline(code, performance.now() + delayMs, (reason) => {
      this.deadlines.delete(connection);
      connection.socket.closeAndDestroy(reason);
    });
    this.deadlines.set(connection, deadline);
    deadline.arm(this.wheel);
  }

  private forget(connection: ClientConnection): void {
    const deadline = this.deadlines.get(connection);
    if (deadline === undefined) return;
    this.wheel.disarm(deadline);
    this.deadlines.delete(connection);
  }
}
