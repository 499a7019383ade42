/** @module The Skreaver WS protocol, version 1: message types, codes, limits, decode and encode. */
export { WsMessageType, clientMessageTypes, serverMessageTypes } from './messages.js';
export type {
  AckMessage,
  AuthMessage,
  AuthResponseMessage,
  ChannelFailure,
  ChannelRequest,
  ClientMessage,
  ClientMessageType,
  ErrorBody,
  ErrorMessage,
  EventMessage,
  EventMetadata,
  EventSender,
  Metadata,
  PingMessage,
  PongMessage,
  Position,
  RequestMessage,
  ResponseMessage,
  ServerMessage,
  ServerMessageType,
  SubscribeMessage,
  SubscribeResponseMessage,
  UnsubscribeMessage,
  UnsubscribeResponseMessage,
  WsMessage,
} from './messages.js';
export { WsErrorCode, defaultErrorMessage } from './error-codes.js';
export { CloseCode, closeCodes, isSendableCloseCode } from './close-codes.js';
export type { CloseCodeEntry, CloseReaction } from './close-codes.js';
export { reconnectRule } from './reconnect-rule.js';
export { closeReason } from './close-reason.js';
export { parseCloseReason, type ParsedCloseReason } from './parse-close-reason.js';
export { isChannelName } from './channel-name.js';
export { isLoopbackHost } from './loopback-host.js';
export { protocolLimits, subprotocols } from './limits.js';
export { decodeClientMessage, faultOfText } from './decode-client-message.js';
export { decodeServerMessage } from './decode-server-message.js';
export type { Decoded, Fault } from './fault.js';
export { encode, encodeEvent, encodeResult } from './encode.js';
export { jsonFault, messageLimitFault, readJson } from './json-text.js';
export { jsonOf } from './json-of.js';
export { publishedSource, type PublishedSource } from './published-source.js';
export { reply } from './reply.js';
export { elementsOf, sourceAt } from './source-text.js';
