import { Inject, Injectable } from '@nestjs/common';
import { CloseCode, type ErrorBody, type RequestMessage, WsErrorCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, WsError } from '../connection/index.js';
import { DeadlineWheel } from '../transport/index.js';
import { ErrorReporter } from './error-reporter.js';
import { type RequestMethod, RequestMethods } from './request-methods.js';

/** Starts requests in the order of their messages and lets them run side by side; each gets exactly one answer. */
@Injectable()
export class RequestDispatcher {
  private readonly inFlight = new Map<Connection, number>();

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly methods: RequestMethods,
    private readonly errors: ErrorReporter,
    private readonly wheel: DeadlineWheel,
  ) {}

  /** Returns once the method has been started. Never throws. */
  start(connection: Connection, request: RequestMessage): void {
    const method = this.methods.get(request.data.method);
    if (method === undefined) {
      this.fail(connection, request, new WsError(WsErrorCode.MethodNotFound));
    } else if (this.runningOf(connection) >= this.config.bufferSize) {
      const max = this.config.bufferSize;
      const message = `At most ${max} requests run at a time; wait for an answer before you send another.`;
      this.fail(connection, request, new WsError(WsErrorCode.RateLimitExceeded, message, { max }));
    } else {
      // Not even the failure could be reported: an unhandled rejection would end the process.
      this.run(connection, request, method).catch(() => connection.socket.terminate(CloseCode.InternalError));
    }
  }

  private async run(connection: Connection, request: RequestMessage, method: RequestMethod): Promise<void> {
    let answered = false;
    const once = (answer: () => void): void => {
      if (answered) return;
      answered = true;
      answer();
    };
    const expire = (): void => once(() => this.fail(connection, request, new WsError(WsErrorCode.RequestTimeout)));
    const { timeout } = request.data;
    const deadline = timeout === undefined ? undefined : this.wheel.after(timeout, expire);
    this.count(connection, 1);
    try {
      const result = await method(connection, request.data.params);
      once(() => this.succeed(connection, request, result));
    } catch (error) {
      once(() => this.fail(connection, request, error));
    } finally {
      this.count(connection, -1);
      if (deadline !== undefined) this.wheel.disarm(deadline);
    }
  }

  /** A result that cannot be sent is a failure of its method. */
  private succeed(connection: Connection, request: RequestMessage, result: unknown): void {
    try {
      if (typeof result === 'function' || typeof result === 'symbol')
        throw new TypeError(`A ${typeof result} is no result.`);
      const data = { status: 'success', result: result ?? null } as const;
      connection.send({ type: 'response', data, ...correlation(request) });
    } catch (error) {
      this.fail(connection, request, error);
    }
  }

  /** An error whose details cannot be sent is reported as one of the inside. */
  private fail(connection: Connection, request: RequestMessage, error: unknown): void {
    try {
      this.sendError(connection, request, this.errors.report(connection, error));
    } catch (unsendable) {
      this.sendError(connection, request, this.errors.report(connection, unsendable));
    }
  }

  private sendError(connection: Connection, request: RequestMessage, error: ErrorBody): void {
    connection.send({ type: 'response', data: { status: 'error', error }, ...correlation(request) });
  }

  private runningOf(connection: Connection): number {
    return this.inFlight.get(connection) ?? 0;
  }

  private count(connection: Connection, change: 1 | -1): void {
    const running = this.runningOf(connection) + change;
    if (running === 0) this.inFlight.delete(connection);
    else this.inFlight.set(connection, running);
  }
}

function correlation(request: RequestMessage): { correlation_id?: string } {
  return request.correlation_id === undefined ? {} : { correlation_id: request.correlation_id };
}
