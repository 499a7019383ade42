import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { type ClientMessage, WsMessageType } from '@skreaver/protocol';
import type { ClientConnection } from '../connection/index.js';
import { ErrorMapper } from '../request/index.js';
import { rejectionMessage } from './rejection-message.js';

/** Sends the client what a handler or guard threw. Nest's own filter would echo the payload, which may hold a token. */
@Catch()
export class WsErrorFilter implements ExceptionFilter {
  constructor(private readonly errors: ErrorMapper) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    this.answer(exception, host);
  }

  answer(exception: unknown, host: ArgumentsHost): void {
    const connection = host.switchToWs().getClient<ClientConnection>();
    const { type, correlation_id } = host.switchToWs().getData<ClientMessage>();
    connection.send(
      rejectionMessage(type === WsMessageType.Request, this.errors.toErrorBody(connection, exception), correlation_id),
    );
  }
}
