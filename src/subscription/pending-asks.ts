import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { type Connection, ConnectionRegistry, WsError } from '../connection/index.js';
import { type Deadline, DeadlineWheel } from '../transport/index.js';

interface Ask {
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: WsError) => void;
  readonly deadline: Deadline;
}

/** Questions to clients that wait for an `ack`. Late, repeated and foreign acks are harmless. */
@Injectable()
export class PendingAsks {
  private readonly asks = new Map<Connection, Map<string, Ask>>();

  constructor(
    private readonly wheel: DeadlineWheel,
    registry: ConnectionRegistry,
  ) {
    registry.observe({ ended: (connection) => this.fail(connection) });
  }

  /**
   * @param send sends the question under the id it is given
   * @throws WsError `REQUEST_TIMEOUT`, `CONNECTION_CLOSED`, and what `send` throws
   */
  ask(connection: Connection, timeoutMs: number, send: (correlationId: string) => void): Promise<unknown> {
    const correlationId = randomUUID();
    return new Promise((resolve, reject) => {
      send(correlationId);
      const expire = (): void => this.take(connection, correlationId)?.reject(new WsError(WsErrorCode.RequestTimeout));
      const ask = { resolve, reject, deadline: this.wheel.after(timeoutMs, expire) };
      const ofConnection = this.asks.get(connection) ?? new Map<string, Ask>();
      this.asks.set(connection, ofConnection.set(correlationId, ask));
      if (connection.isClosed) this.fail(connection);
    });
  }

  /** A client's answer. */
  answer(connection: Connection, correlationId: string, data: unknown): void {
    this.take(connection, correlationId)?.resolve(data);
  }

  private take(connection: Connection, correlationId: string): Ask | undefined {
    const ofConnection = this.asks.get(connection);
    const ask = ofConnection?.get(correlationId);
    if (ofConnection === undefined || ask === undefined) return undefined;
    this.wheel.disarm(ask.deadline);
    ofConnection.delete(correlationId);
    if (ofConnection.size === 0) this.asks.delete(connection);
    return ask;
  }

  private fail(connection: Connection): void {
    for (const correlationId of this.asks.get(connection)?.keys() ?? []) {
      this.take(connection, correlationId)?.reject(new WsError(WsErrorCode.ConnectionClosed));
    }
  }
}
