import { Inject, Injectable } from '@nestjs/common';
import { type RequestMessage, WsErrorCode } from '@skreaver/protocol';
import { isObservable } from 'rxjs';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import { type ClientConnection, WsError } from '../../connection/index.js';
import type { RunningRequest } from '../run/running-request.js';
import { type ConnectionRequests, RunningRequests } from '../run/running-requests.js';
import { ObservableResponse } from '../streaming/observable-response.js';
import { PulledChunks } from '../streaming/pulled-chunks.js';
import { isStream } from '../streaming/stream.js';
import { type RequestMethod, MethodTable } from './method-table.js';

/** Exempt from the limit on running requests, since clients end those with it. */
const CANCEL = 'cancel';

/** Starts requests in message order and runs them concurrently. Each gets exactly one terminal response. */
@Injectable()
export class RequestDispatcher {
  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly methods: MethodTable,
    private readonly running: RunningRequests,
  ) {}

  /** Returns once the method has started. Never throws. Does nothing if the connection is closed. */
  start(connection: ClientConnection, request: RequestMessage): void {
    if (connection.isClosed) return;
    const name = request.data.method;
    const method = this.methods.get(name);
    const requests = this.running.of(connection);
    const running = requests.begin(request, method?.outlivesConnection ?? false);
    if (method === undefined) {
      running.fail(new WsError(WsErrorCode.MethodNotFound));
    } else if (requests.atWork >= this.config.bufferSize && name !== CANCEL) {
      running.fail(tooMany(this.config.bufferSize));
    } else {
      void running.within(() => this.run(requests, running, method, request.data.params));
    }
  }

  private async run(
    requests: ConnectionRequests,
    running: RunningRequest,
    method: RequestMethod,
    params: unknown,
  ): Promise<void> {
    requests.atWork += 1;
    try {
      const result = await method.run(running.connection, params, running);
      if (result instanceof ObservableResponse) await result.answer();
      else if (isStream(result)) await stream(result, running);
      else running.succeed(result);
    } catch (error) {
      await running.failByFilters(error);
    } finally {
      requests.atWork -= 1;
    }
  }
}

/** Sends the stream of a method without interceptors. Resolves when the stream has ended or has been stopped. */
async function stream(result: unknown, running: RunningRequest): Promise<void> {
  if (isObservable(result)) return ObservableResponse.of(result, running).answer();
  const { socket } = running.connection;
  const chunks = new PulledChunks(result as AsyncIterable<unknown>, socket, (chunk) => running.chunk(chunk));
  running.whenOver(() => chunks.stop());
  running.succeed(await chunks.run());
}

function tooMany(max: number): WsError {
  const message = `At most ${max} requests run at a time; wait for an answer before you send another.`;
  return new WsError(WsErrorCode.RateLimitExceeded, message, { max });
}
