/** The fixed limits of PROTOCOL §2 and §9. They cannot be configured. */
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
  /** Channels in one `subscribe` or `unsubscribe`. Bounds the answer, which lists every failure. */
  maxChannelsPerMessage: 1000,
  /** Bytes of a close reason: a close frame holds 125 bytes, two of them for the code (RFC 6455 §5.5). */
  maxCloseReasonBytes: 123,
} as const;

/** Values of `Sec-WebSocket-Protocol` (PROTOCOL §1). A client that offers none of them uses `json`. */
export const subprotocols = { json: 'skreaver.v1', msgpack: 'skreaver.v1.msgpack' } as const;
