/** The error codes of PROTOCOL §9, as sent in `error`, `response`, `auth_response` and `failed` entries. */
export const WsErrorCode = {
  InvalidMessage: 'INVALID_MESSAGE',
  InvalidParams: 'INVALID_PARAMS',
  InvalidChannel: 'INVALID_CHANNEL',
  MethodNotFound: 'METHOD_NOT_FOUND',
  AuthenticationRequired: 'AUTHENTICATION_REQUIRED',
  AuthenticationFailed: 'AUTHENTICATION_FAILED',
  PermissionDenied: 'PERMISSION_DENIED',
  ChannelNotFound: 'CHANNEL_NOT_FOUND',
  ConnectionNotFound: 'CONNECTION_NOT_FOUND',
  ConnectionClosed: 'CONNECTION_CLOSED',
  DuplicateConnection: 'DUPLICATE_CONNECTION',
  ConnectionLimitExceeded: 'CONNECTION_LIMIT_EXCEEDED',
  SubscriptionLimitExceeded: 'SUBSCRIPTION_LIMIT_EXCEEDED',
  ChannelSubscriberLimitExceeded: 'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED',
  RateLimitExceeded: 'RATE_LIMIT_EXCEEDED',
  MessageTooLarge: 'MESSAGE_TOO_LARGE',
  RequestTimeout: 'REQUEST_TIMEOUT',
  RequestCancelled: 'REQUEST_CANCELLED',
  ServiceRestart: 'SERVICE_RESTART',
  Unavailable: 'UNAVAILABLE',
  InternalError: 'INTERNAL_ERROR',
} as const;

export type WsErrorCode = (typeof WsErrorCode)[keyof typeof WsErrorCode];

const messages: Readonly<Record<WsErrorCode, string>> = {
  INVALID_MESSAGE: 'The message is not one of the protocol; check its JSON, its type and the shape of its data.',
  INVALID_PARAMS: 'The parameters do not fit the method; correct them and send the request again.',
  INVALID_CHANNEL: 'A channel name has 1 to 255 characters of A-Z a-z 0-9 . _ : / -; choose another name.',
  METHOD_NOT_FOUND: 'This server has no method of that name; check its spelling.',
  AUTHENTICATION_REQUIRED: 'Authenticate first: send an auth message with a token.',
  AUTHENTICATION_FAILED: 'The token was not accepted; obtain a new one and authenticate again.',
  PERMISSION_DENIED: 'You may not do this; ask the owner of the channel for access.',
  CHANNEL_NOT_FOUND: 'There is no such channel; check its name.',
  CONNECTION_NOT_FOUND: 'There is no such connection; it may have ended, so look it up again.',
  CONNECTION_CLOSED: 'The connection has ended; connect again.',
  DUPLICATE_CONNECTION: 'This connection id is already in use; connect with another one.',
  CONNECTION_LIMIT_EXCEEDED: 'There are too many connections; close one or try again later.',
  SUBSCRIPTION_LIMIT_EXCEEDED: 'This connection has too many subscriptions; unsubscribe from one first.',
  CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED: 'The channel has all the subscribers it can take; try again later.',
  RATE_LIMIT_EXCEEDED: 'You are sending too fast; slow down and wait before you send again.',
  MESSAGE_TOO_LARGE: 'The message is too large; send a smaller one or split it.',
  REQUEST_TIMEOUT: 'The request took too long; try again or allow it a longer timeout.',
  REQUEST_CANCELLED: 'The request was cancelled; send it again if you still need the result.',
  SERVICE_RESTART: 'The server is shutting down; connect again and send it then.',
  UNAVAILABLE: 'A service that the server needs is unavailable; try again after retry_after_ms.',
  INTERNAL_ERROR: 'Something went wrong on the server; try again, and report the error_id if it persists.',
};

/** A sentence that tells the client what to do next. It reveals nothing of the request or of the server's internals. */
export function defaultErrorMessage(code: WsErrorCode): string {
  return messages[code];
}
