import { type ErrorBody, type ErrorMessage, type ResponseMessage, reply } from '@skreaver/protocol';

/**
 * Says why a message was rejected: to a `request` with its one terminal `response`, to any other message with an
 * `error`.
 */
export function rejectionMessage(
  isRequest: boolean,
  error: ErrorBody,
  correlation_id?: string,
): ErrorMessage | ResponseMessage {
  return reply<ErrorMessage | ResponseMessage>(
    { correlation_id },
    isRequest ? { type: 'response', data: { status: 'error', error } } : { type: 'error', data: error },
  );
}
