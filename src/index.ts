/** @module The real-time WebSocket layer for agent systems, as a NestJS module. */

// The module and its options.
export { SkreaverWsModule } from './skreaver-ws.module.js';
export type {
  AuthHandlerSource,
  BackplaneSource,
  SkreaverWsExtras,
  SkreaverWsModuleAsyncOptions,
  SkreaverWsModuleOptions,
  SkreaverWsOptionsFactory,
} from './skreaver-ws.options.js';
export {
  ConfigError,
  SKREAVER_WS_CONFIG,
  SkreaverWsConfig,
  configFromEnvironment,
  environmentNames,
  parseDuration,
  resolveConfig,
} from './config/index.js';
export type {
  ChannelOptions,
  ConfigProblem,
  ConnectionsPerUserPolicy,
  Heartbeat,
  ResolvedConfig,
  SkreaverWsOptions,
  TokenSource,
} from './config/index.js';

// For injection into applications.
export { ClusterStatus } from './cluster/index.js';
export type { ClusterView, NodeStatus } from './cluster/index.js';
export { ConnectionRegistry, WsError, wireStats } from './connection/index.js';
export type {
  ApplicationErrorCodes,
  Connection,
  ConnectionData,
  ConnectionStats,
  RebalanceOptions,
  ErrorCode,
  Identity,
} from './connection/index.js';
export { SubscriptionService } from './subscription/index.js';
export type {
  AskOptions,
  AskTarget,
  DeliveryOrError,
  StartingPosition,
  Subscribed,
  Unsubscribed,
} from './subscription/index.js';
export { RawJson } from './delivery/index.js';
export type {
  ChannelEvent,
  ChannelHistory,
  Delivery,
  EventOptions,
  HistoryRange,
  PastEvent,
  PublishOptions,
} from './delivery/index.js';
export type { ChannelCount } from './channel/index.js';
export type { ChannelPresence, PresentMember } from './presence/index.js';
export { ShutdownService } from './gateway/index.js';
export { SkreaverWsServers } from './transport/index.js';

// For applications to implement and to decorate with.
export { AuthHandler, AuthenticationUnavailableError, WsAuthGuard } from './auth/index.js';
export type { ChannelAction, DefaultChannel } from './auth/index.js';
export type { Handshake, UpgradeHandshake } from './transport/index.js';
export { OnConnect, OnDisconnect, OnSubscribe, OnUnsubscribe } from './hooks/index.js';
export type { ConnectEvent, DisconnectEvent, HookDecorator, SubscriptionEvent } from './hooks/index.js';
export { WsThrottlerGuard } from './throttling/index.js';
export {
  CurrentConnection,
  CurrentIdentity,
  RequestMetadata,
  RequestMethods,
  RequestSignal,
  WsRequest,
  currentRequest,
} from './request/index.js';
export type {
  CurrentRequest,
  JsonSchema,
  RequestMethodDescription,
  SchemaRule,
  WsRequestOptions,
} from './request/index.js';

// Connects the nodes of a server.
export { Backplane, BackplaneUnavailableError, MAX_USERS_TOLD_OF, MemoryBackplane } from './backplane/index.js';
export type {
  Answer,
  AddressClaim,
  AskOutcome,
  BackplaneHealth,
  BackplaneNode,
  CommandOutcome,
  CommandResult,
  DirectEvent,
  EnginePart,
  EngineState,
  EventContent,
  Exclusion,
  HistoryLimits,
  HistoryPage,
  HistoryQuery,
  LinkObserver,
  Member,
  MirrorRules,
  NewPublication,
  NodeCommand,
  PresenceStats,
  PresenceUpdate,
  Publication,
  Question,
  QuestionSignal,
  QuestionTarget,
  Receipt,
  StoredPublication,
  Unanswered,
  UnavailableOutcome,
} from './backplane/index.js';

// The protocol.
export { CloseCode, WsErrorCode, WsMessageType } from '@skreaver/protocol';
export type { ChannelRequest, ClientMessage, Position, ServerMessage, WsMessage } from '@skreaver/protocol';
