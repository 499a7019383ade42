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
  readonly withdraw: Ways['withdraw'];
}

/** How a question reaches connections, and how it is taken back. */
interface Ways {
  readonly send: (connections: Iterable<ClientConnection>) => void;
  /** Called in the turn in which nobody's answer counts any more, with those who have not answered, if there are any. */
  readonly withdraw: (connections: readonly ClientConnection[]) => void;
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
   */
  ask(
    connections: readonly ClientConnection[],
    id: string,
    signal: QuestionSignal,
    { send, withdraw }: Ways,
  ): Promise<AskOutcome> {
    const max = this.config.broadcastBufferSize;
    const asked = new Set(connections.filter((connection) => (this.asks.get(connection)?.size ?? 0) < max));
    const unanswered = { asked: asked.size, refused: connections.length - asked.size };
    if (asked.size === 0 || signal.aborted) return Promise.resolve({ ...unanswered, asked: 0 });
    send(asked);
    return new Promise((resolve) => {
      const abort = (): void => this.settle(ask, unanswered);
      const settle = (outcome: AskOutcome): void => {
        signal.removeEventListener('abort', abort);
        resolve(outcome);
      };
      const ask: Ask = { id, asked, unanswered, settle, withdraw };
      signal.addEventListener('abort', abort);
      for (const connection of asked) this.keep(connection, ask);
      for (const connection of asked) if (connection.isClosed) this.onEnded(connection);
    });
  }

  /** Takes a client's answer. */
  answer(connection: ClientConnection, id: string, data: unknown): void {
    const ask = this.asks.get(connection)?.get(id);
    if (ask !== undefined) this.settle(ask, { answer: new ClientAnswer(data) }, connection);
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

  private settle(ask: Ask, outcome: AskOutcome, answerer?: ClientConnection): void {
    for (const connection of ask.asked) {
      const ofConnection = this.asks.get(connection);
      ofConnection?.delete(ask.id);
      if (ofConnection?.size === 0) this.asks.delete(connection);
    }
    const left = [...ask.asked].filter((connection) => connection !== answerer);
    if (left.length > 0) ask.withdraw(left);
    ask.settle(outcome);
  }
}
