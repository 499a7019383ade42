import type { ErrorBody, ErrorMessage } from '@skreaver/protocol';

export function errorMessage(body: ErrorBody, correlationId?: string): ErrorMessage {
  const message = { type: 'error', data: body } as const;
  return correlationId === undefined ? message : { ...message, correlation_id: correlationId };
}
