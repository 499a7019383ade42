import { Inject, Injectable } from '@nestjs/common';
import type { AskOutcome, QuestionSignal, Unanswered } from '../backplane/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import type { ClientConnection, ConnectionObserver } from '../connection/index.js';
import { ClientAnswer } from './client-answer.js';

interface Ask {
  readonly id: string;
  /** Connections that may still answer. */
  readonly asked: Set<ClientConnection>;
  /** What becomes of it if nobody answers. */
  readonly unanswered: Unanswered;
  readonly settle: (outcome: AskOutcome) => void;
}

/** Asks clients of this node, and keeps each question until an `ack` comes. Late, repeated and foreign acks are ignored. */
@Injectable()
export class PendingAsks implements ConnectionObserver {
  private readonly asks = new Map<ClientConnection, Map<string, Ask>>();

  constructor(@Inject(SkreaverWsConfig) private readonly config: ResolvedConfig) {}

  /**
   * Asks all connections the same question. A connection with `broadcastBufferSize` unanswered questions is left out.
   * Resolves when one has answered, all have ended, or the signal has withdrawn the question. Never rejects.
   * @param id the correlation id of the question
   * @param send sends the question to connections
   */
  ask(
    connections: readonly ClientConnection[],
    id: string,
    signal: QuestionSignal,
    send: (connections: Iterable<ClientConnection>) => void,
  ): Promise<AskOutcome> {
    const max = this.config.broadcastBufferSize;
    const asked = new Set(connections.filter((connection) => (this.asks.get(connection)?.size ?? 0) < max));
    const unanswered = { asked: asked.size, refused: connections.length - asked.size };
    if (asked.size === 0 || signal.aborted) return Promise.resolve({ ...unanswered, asked: 0 });
    send(asked);
    return new Promise((resolve) => {
      const withdraw = (): void => this.settle(ask, unanswered);
      const settle = (outcome: AskOutcome): void => {
        signal.removeEventListener('abort', withdraw);
        resolve(outcome);
      };
      const ask: Ask = { id, asked, unanswered, settle };
      signal.addEventListener('abort', withdraw);
      for (const connection of asked) this.keep(connection, ask);
      for (const connection of asked) if (connection.isClosed) this.onEnded(connection);
    });
  }

  /** Takes a client's answer. */
  answer(connection: ClientConnection, id: string, data: unknown): void {
    const ask = this.asks.get(connection)?.get(id);
    if (ask !== undefined) this.settle(ask, { answer: new ClientAnswer(data) });
  }

  onEnded(connection: ClientConnection): void {
    const asks = this.asks.get(connection)?.values() ?? [];
    this.asks.delete(connection);
    for (const ask of asks) {
      ask.asked.delete(connection);
      if (ask.asked.size === 0) this.settle(ask, ask.unanswered);
    }
  }

  private keep(connection: ClientConnection, ask: Ask): void {
    const ofConnection = this.asks.get(connection) ?? new Map<string, Ask>();
    this.asks.set(connection, ofConnection.set(ask.id, ask));
  }

  private settle(ask: Ask, outcome: AskOutcome): void {
    for (const connection of ask.asked) {
      const ofConnection = this.asks.get(connection);
      ofConnection?.delete(ask.id);
      if (ofConnection?.size === 0) this.asks.delete(connection);
    }
    ask.settle(outcome);
  }
}
