import type { ErrorBody, ErrorMessage, ResponseMessage } from '@skreaver/protocol';

/** What a message that was not taken is answered with: a `request` with its one terminal `response`, any other with an `error`. */
export function rejectionMessage(
  isRequest: boolean,
  error: ErrorBody,
  correlationId?: string,
): ErrorMessage | ResponseMessage {
  const answer = isRequest
    ? ({ type: 'response', data: { status: 'error', error } } as const)
    : ({ type: 'error', data: error } as const);
  return correlationId === undefined ? answer : { ...answer, correlation_id: correlationId };
}
