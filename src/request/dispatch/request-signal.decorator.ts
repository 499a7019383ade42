import { createParamDecorator } from '@nestjs/common';
import { RunningRequest } from '../run/running-request.js';
import { RUNNING_REQUEST } from './request-contexts.js';

/**
 * Hands a `@WsRequest` method the `AbortSignal` of its request. It aborts when the request ends before the method has: the reason
 * is a `WsError` with `REQUEST_TIMEOUT`, `REQUEST_CANCELLED` or `CONNECTION_CLOSED`, or what made a chunk impossible to send.
 * It may have aborted when the method is called. Nothing that the method returns or throws after that is sent. What a listener throws
 * is in the log; of a signal that you derive from it, such as by `AbortSignal.any`, it is your process's uncaught exception.
 * @throws TypeError on a method that answers no request
 */
export const RequestSignal = createParamDecorator((_data: unknown, context): AbortSignal => {
  const running: unknown = context.getArgByIndex(RUNNING_REQUEST);
  if (running instanceof RunningRequest) return running.signal;
  throw new TypeError('@RequestSignal() stands on a method without @WsRequest().');
});
