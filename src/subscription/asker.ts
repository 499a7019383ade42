import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import {
  type AskOutcome,
  Backplane,
  type Question,
  type QuestionSignal,
  type QuestionTarget,
  type Unanswered,
} from '../backplane/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { type ClientConnection, ConnectionTable, WsError } from '../connection/index.js';
import { DirectEvents } from '../delivery/index.js';
import { NodeId } from '../node/index.js';
import { TimerWheel } from '../timers/index.js';
import { type AskOptions, type AskTarget, questionTarget, timeoutOf } from './ask-target.js';
import { dataOfAnswer } from './client-answer.js';
import { PendingAsks } from './pending-asks.js';
import { Withdrawal } from './withdrawal.js';

/** Asks a connection or a user for the application, on whatever nodes they are. */
@Injectable()
export class Asker {
  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly node: NodeId,
    private readonly backplane: Backplane,
    private readonly connections: ConnectionTable,
    private readonly direct: DirectEvents,
    private readonly pending: PendingAsks,
    private readonly wheel: TimerWheel,
  ) {}

  /**
   * Resolves with the data of the first answer.
   * @throws WsError `CONNECTION_NOT_FOUND` (nobody was asked), `CONNECTION_CLOSED` (all who were asked have ended),
   * `RATE_LIMIT_EXCEEDED` (all were left out), `REQUEST_TIMEOUT`, `INVALID_PARAMS` (the timeout, data is not JSON),
   * `MESSAGE_TOO_LARGE`, `SERVICE_RESTART`; and what the backplane throws
   */
  async ask(target: AskTarget, data: unknown, options: AskOptions): Promise<unknown> {
    const timeout = timeoutOf(options);
    const question = this.direct.question(questionTarget(target), data);
    const outcome = await this.withinTime(timeout, (signal) => this.route(question, signal));
    if (outcome.answer === undefined) throw this.errorOf(outcome);
    return dataOfAnswer(outcome.answer);
  }

  /** Asks the connections of this node, as the backplane's `BackplaneNode.ask` says. */
  askHere(question: Question, signal: QuestionSignal): Promise<AskOutcome> {
    return this.pending.ask(this.connectionsOf(question.target), question.id, signal, {
      send: (asked) => this.direct.pushQuestion(question, asked),
      withdraw: (left) => this.direct.pushWithdrawal(question.id, left),
    });
  }

  /** A connection of this node is asked without the backplane. */
  private async route(question: Question, signal: QuestionSignal): Promise<AskOutcome> {
    const { connectionId } = question.target;
    if (connectionId === undefined) return this.backplane.ask(question, signal);
    const node = this.node.otherNodeOf(connectionId);
    return node === undefined ? this.askHere(question, signal) : this.backplane.ask(question, signal, node);
  }

  private connectionsOf({ userId, connectionId }: QuestionTarget): readonly ClientConnection[] {
    if (userId !== undefined) return this.connections.ofUser(userId);
    const connection = this.connections.get(connectionId);
    return connection === undefined ? [] : [connection];
  }

  /** Rejects when the time is over, and withdraws the question, whatever the backplane does. */
  private withinTime(timeout: number, ask: (signal: QuestionSignal) => Promise<AskOutcome>): Promise<AskOutcome> {
    const withdrawal = new Withdrawal();
    return new Promise((resolve, reject) => {
      const deadline = this.wheel.after(timeout, () => {
        reject(new WsError(WsErrorCode.RequestTimeout));
        withdrawal.abort();
      });
      ask(withdrawal)
        .then(resolve, reject)
        .finally(() => this.wheel.disarm(deadline));
    });
  }

  private errorOf({ asked, refused }: Unanswered): WsError {
    if (asked > 0) return new WsError(WsErrorCode.ConnectionClosed);
    if (refused === 0) return WsError.connectionNotFound();
    const max = this.config.broadcastBufferSize;
    const message = `At most ${max} questions wait for the answers of one connection.`;
    return new WsError(WsErrorCode.RateLimitExceeded, message, { max });
  }
}
