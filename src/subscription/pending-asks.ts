import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type ClientConnection, type ConnectionObserver, WsError } from '../connection/index.js';
import { type Timer, TimerWheel } from '../timers/index.js';

interface Ask {
  /** Connections that may still answer. */
  readonly asked: Set<ClientConnection>;
  readonly correlationId: string;
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: WsError) => void;
  readonly deadline: Timer;
}

/** Asks clients, and keeps each question until an `ack` comes. Late, repeated and foreign acks are ignored. */
@Injectable()
export class PendingAsks implements ConnectionObserver {
  private readonly asks = new Map<ClientConnection, Map<string, Ask>>();

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly wheel: TimerWheel,
  ) {}

  /**
   * Asks all connections the same question and resolves with the first answer. A connection with `broadcastBufferSize`
   * unanswered questions is left out.
   * @param send sends the question to a connection under an id
   * @throws WsError `REQUEST_TIMEOUT`, `CONNECTION_CLOSED` (the last of them ended), `RATE_LIMIT_EXCEEDED` (all were
   * left out), and what `send` throws
   */
  async ask(
    connections: readonly ClientConnection[],
    timeoutMs: number,
    send: (connection: ClientConnection, correlationId: string) => void,
  ): Promise<unknown> {
    const max = this.config.broadcastBufferSize;
    const asked = new Set(connections.filter((connection) => (this.asks.get(connection)?.size ?? 0) < max));
    if (asked.size === 0) throw tooMany(max);
    const correlationId = randomUUID();
    return new Promise((resolve, reject) => {
      for (const connection of asked) send(connection, correlationId);
      const deadline = this.wheel.after(timeoutMs, () =>
        this.settle(ask).reject(new WsError(WsErrorCode.RequestTimeout)),
      );
      const ask: Ask = { asked, correlationId, resolve, reject, deadline };
      for (const connection of asked) this.keep(connection, ask);
      for (const connection of asked) if (connection.isClosed) this.onEnded(connection);
    });
  }

  /** Takes a client's answer. */
  answer(connection: ClientConnection, correlationId: string, data: unknown): void {
    const ask = this.asks.get(connection)?.get(correlationId);
    if (ask !== undefined) this.settle(ask).resolve(data);
  }

  private keep(connection: ClientConnection, ask: Ask): void {
    const ofConnection = this.asks.get(connection) ?? new Map<string, Ask>();
    this.asks.set(connection, ofConnection.set(ask.correlationId, ask));
  }

  private settle(ask: Ask): Ask {
    this.wheel.disarm(ask.deadline);
    for (const connection of ask.asked) {
      const ofConnection = this.asks.get(connection);
      ofConnection?.delete(ask.correlationId);
      if (ofConnection?.size === 0) this.asks.delete(connection);
    }
    return ask;
  }

  onEnded(connection: ClientConnection): void {
    const asks = this.asks.get(connection)?.values() ?? [];
    this.asks.delete(connection);
    for (const ask of asks) {
      ask.asked.delete(connection);
      if (ask.asked.size === 0) this.settle(ask).reject(new WsError(WsErrorCode.ConnectionClosed));
    }
  }
}

function tooMany(max: number): WsError {
  const message = `At most ${max} questions wait for the answers of one connection.`;
  return new WsError(WsErrorCode.RateLimitExceeded, message, { max });
}
