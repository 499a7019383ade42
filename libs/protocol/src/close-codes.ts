/** The close codes of PROTOCOL §9. Those from 1000 to 1013 come from RFC 6455 §7.4 and its registry. */
export const CloseCode = {
  Normal: 1000,
  GoingAway: 1001,
  ProtocolError: 1002,
  UnsupportedData: 1003,
  InvalidPayload: 1007,
  PolicyViolation: 1008,
  MessageTooBig: 1009,
  InternalError: 1011,
  ServiceRestart: 1012,
  TryAgainLater: 1013,
  ConnectionTimeout: 4000,
  PongTimeout: 4001,
  SlowConsumer: 4002,
  RateLimitExceeded: 4003,
  SessionExpired: 4004,
  Reconnect: 4005,
  InsufficientState: 4006,
  AuthenticationFailed: 4500,
  AuthenticationTimeout: 4501,
  PermissionDenied: 4502,
  DuplicateConnection: 4503,
  InvalidMessage: 4504,
  ForcedDisconnect: 4505,
} as const;

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/**
 * Tells whether a close frame may carry the code (RFC 6455 §7.4 and its registry). 1005, 1006 and 1015 are only
 * reported to the application, for a close without a code. 1004, 1016–2999 and codes below 1000 or above 4999 have no
 * meaning.
 */
export function isSendableCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code <= 4999);
}

/**
 * The reaction of a client to a close. Every `reconnect…` waits with backoff and jitter, or for the hint in the reason.
 */
export type CloseReaction =
  'stop' | 'reconnect' | 'reconnect-after-hint' | 'reconnect-and-recover' | 'new-token-and-reconnect';

export interface CloseCodeEntry {
  readonly code: CloseCode;
  /** The name in the close reason, for example `SLOW_CONSUMER`. */
  readonly name: string;
  readonly when: string;
  readonly client: CloseReaction;
}

const entry = (code: CloseCode, name: string, client: CloseReaction, when: string): CloseCodeEntry =>
  Object.freeze({ code, name, when, client });

/** The table of PROTOCOL §9: one row per code, in ascending order. */
export const closeCodes: readonly CloseCodeEntry[] = Object.freeze([
  entry(CloseCode.Normal, 'NORMAL', 'reconnect', 'the client is done, or a proxy'),
  entry(CloseCode.GoingAway, 'GOING_AWAY', 'reconnect', 'the page closed, or a proxy reloads'),
  entry(CloseCode.ProtocolError, 'PROTOCOL_ERROR', 'stop', 'a frame broke RFC 6455'),
  entry(CloseCode.UnsupportedData, 'UNSUPPORTED_DATA', 'stop', 'a frame of the other encoding (§2)'),
  entry(CloseCode.InvalidPayload, 'INVALID_PAYLOAD', 'stop', 'a text frame was not valid UTF-8'),
  entry(CloseCode.PolicyViolation, 'POLICY_VIOLATION', 'stop', 'a message came in too many fragments'),
  entry(CloseCode.MessageTooBig, 'MESSAGE_TOO_BIG', 'stop', 'a message was over twice the size limit'),
  entry(CloseCode.InternalError, 'INTERNAL_ERROR', 'reconnect', "the connection's state is unusable"),
  entry(CloseCode.ServiceRestart, 'SERVICE_RESTART', 'reconnect-after-hint', 'the server is draining'),
  entry(
    CloseCode.TryAgainLater,
    'TRY_AGAIN_LATER',
    'reconnect-after-hint',
    'limit, overload or outage after the upgrade',
  ),
  entry(CloseCode.ConnectionTimeout, 'CONNECTION_TIMEOUT', 'reconnect', 'nothing received for connectionTimeout'),
  entry(CloseCode.PongTimeout, 'PONG_TIMEOUT', 'reconnect', 'no pong within pongTimeout'),
  entry(CloseCode.SlowConsumer, 'SLOW_CONSUMER', 'reconnect-and-recover', 'the outbound cap was reached'),
  entry(CloseCode.RateLimitExceeded, 'RATE_LIMIT_EXCEEDED', 'reconnect', 'the client kept flooding'),
  entry(CloseCode.SessionExpired, 'SESSION_EXPIRED', 'new-token-and-reconnect', 'the token ended and was not renewed'),
  entry(CloseCode.Reconnect, 'RECONNECT', 'reconnect', 'an operator rebalances connections'),
  entry(
    CloseCode.InsufficientState,
    'INSUFFICIENT_STATE',
    'reconnect-and-recover',
    'a recovery could not be completed (§6)',
  ),
  entry(CloseCode.AuthenticationFailed, 'AUTHENTICATION_FAILED', 'stop', 'the token was refused'),
  entry(CloseCode.AuthenticationTimeout, 'AUTHENTICATION_TIMEOUT', 'stop', 'no authentication within authTimeout'),
  entry(CloseCode.PermissionDenied, 'PERMISSION_DENIED', 'stop', 'the user was blocked or rights were revoked'),
  entry(CloseCode.DuplicateConnection, 'DUPLICATE_CONNECTION', 'stop', 'a second holder of one connection id'),
  entry(CloseCode.InvalidMessage, 'INVALID_MESSAGE', 'stop', 'ten bad messages in ten seconds'),
  entry(CloseCode.ForcedDisconnect, 'FORCED_DISCONNECT', 'stop', 'kicked, or replaced by a newer connection'),
]);
