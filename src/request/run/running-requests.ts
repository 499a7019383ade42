import { Inject, Injectable } from '@nestjs/common';
import type { RequestMessage } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import type { ClientConnection, ConnectionObserver } from '../../connection/index.js';
import { TimerWheel } from '../../timers/index.js';
import { keepCurrentRequest } from './current-request.js';
import { ErrorMapper } from './error-mapper.js';
import { type RequestEnvironment, RunningRequest } from './running-request.js';

/** The requests of one connection. */
export class ConnectionRequests {
  /** Running methods. Includes those whose request has timed out or been cancelled before they ended. */
  atWork = 0;
  private readonly unanswered = new Set<RunningRequest>();

  constructor(
    private readonly connection: ClientConnection,
    private readonly environment: RequestEnvironment,
  ) {}

  begin(request: RequestMessage, outlivesConnection: boolean): RunningRequest {
    return new RunningRequest(this.connection, request, this.unanswered, this.environment, outlivesConnection);
  }

  cancel(correlationId: string, except: RunningRequest): boolean {
    const meant = [...this.unanswered].filter(
      (running) => running !== except && running.correlationId === correlationId,
    );
    for (const running of meant) running.cancel();
    return meant.length > 0;
  }

  connectionEnded(): void {
    for (const running of this.unanswered) running.connectionEnded();
  }
}

/** The running requests of each connection, until they are answered or the connection ends. */
@Injectable()
export class RunningRequests implements ConnectionObserver {
  private readonly byConnection = new Map<ClientConnection, ConnectionRequests>();
  private readonly environment: RequestEnvironment;

  constructor(@Inject(SkreaverWsConfig) config: ResolvedConfig, errors: ErrorMapper, wheel: TimerWheel) {
    const { broadcastBufferSize: maxWaitingChunks, requestContext } = config;
    this.environment = { errors, wheel, maxWaitingChunks, requestContext };
    if (requestContext) keepCurrentRequest();
  }

  /** The connection must be open: after its end nothing would remove its entry. */
  of(connection: ClientConnection): ConnectionRequests {
    const known = this.byConnection.get(connection);
    if (known !== undefined) return known;
    const requests = new ConnectionRequests(connection, this.environment);
    this.byConnection.set(connection, requests);
    return requests;
  }

  /**
   * Cancels every running request of the connection with the correlation id.
   * @param except the cancelling request, which may carry the same id
   * @returns true if there was one
   */
  cancel(connection: ClientConnection, correlationId: string, except: RunningRequest): boolean {
    return this.byConnection.get(connection)?.cancel(correlationId, except) ?? false;
  }

  onEnded(connection: ClientConnection): void {
    const requests = this.byConnection.get(connection);
    this.byConnection.delete(connection);
    requests?.connectionEnded();
  }
}
