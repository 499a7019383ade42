/** Limits of protocol sections 2 and 9 that no server may configure away. */
export const protocolLimits = {
  /** Levels of nested objects and arrays in one client message; the envelope itself is level 1. */
  maxDepth: 32,
  /** Object keys in one client message, all levels together. */
  maxKeys: 1000,
  /** Length of a `correlation_id` in UTF-16 code units. */
  maxCorrelationIdLength: 128,
  maxChannelNameLength: 255,
  /** Length of an `idempotency_key` in UTF-16 code units. */
  maxIdempotencyKeyLength: 128,
  /** Of one `subscribe` or `unsubscribe`; bounds the answer, which lists every failure. */
  maxChannelsPerMessage: 1000,
  /** RFC 6455 section 5.5: a close frame holds 125 bytes, two of which are the code. */
  maxCloseReasonBytes: 123,
} as const;

/** Values of `Sec-WebSocket-Protocol` (protocol section 1). A client that offers none speaks `json`. */
export const subprotocols = { json: 'skreaver.v1', msgpack: 'skreaver.v1.msgpack' } as const;
