import type { SkreaverWsConfig } from './skreaver-ws-config.js';

type KindOf<Value> = Value extends string
  ? 'text'
  : Value extends boolean
    ? 'boolean'
    : Value extends number
      ? 'duration' | 'size' | 'integer'
      : Value extends readonly string[]
        ? 'list'
        : 'json';

/** How a text becomes each field's value. */
export const fieldKinds = {
  path: 'text',
  maxConnections: 'integer',
  maxConnectionsPerIp: 'integer',
  maxHttpSocketsPerIp: 'integer',
  connectionTimeout: 'duration',
  pingInterval: 'duration',
  pongTimeout: 'duration',
  maxMessageSize: 'size',
  enableCompression: 'boolean',
  bufferSize: 'integer',
  broadcastBufferSize: 'integer',
  maxBufferedBytes: 'size',
  maxSubscriptionsPerConnection: 'integer',
  maxSubscribersPerChannel: 'integer',
  authTimeout: 'duration',
  expiryGrace: 'duration',
  allowedOrigins: 'list',
  allowedHosts: 'list',
  trustedProxies: 'list',
  heartbeat: 'text',
  tokenSources: 'list',
  messageRate: 'integer',
  messageBurst: 'integer',
  readRate: 'size',
  connectRatePerIp: 'integer',
  connectBurstPerIp: 'integer',
  maxPendingAuthentications: 'integer',
  authFailuresPerIp: 'integer',
  maxWaitingPublishBytes: 'size',
  historyMaxBytes: 'size',
  idempotencyMaxKeys: 'integer',
  presenceLeaveDelay: 'duration',
  shutdownTimeout: 'duration',
  channels: 'json',
} as const satisfies { readonly [Field in keyof SkreaverWsConfig]-?: KindOf<SkreaverWsConfig[Field]> };

export type FieldKind = (typeof fieldKinds)[keyof typeof fieldKinds];
