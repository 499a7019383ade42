import type { Provider } from '@nestjs/common';
import { ConnectionHandler } from '../transport/index.js';
import { AuthMessageHandler } from './auth-message-handler.js';
import { AuthenticationFlow } from './authentication-flow.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';
import { MessagePipeline } from './message-pipeline.js';
import { ShutdownService } from './shutdown.service.js';
import { SkreaverWsGateway } from './skreaver-ws.gateway.js';
import { Wiring } from './wiring.js';
import { WsErrorFilter } from './ws-error.filter.js';

export const gatewayProviders: Provider[] = [
  Wiring,
  AuthenticationFlow,
  AuthMessageHandler,
  ConnectionLifecycle,
  { provide: ConnectionHandler, useExisting: ConnectionLifecycle },
  WsErrorFilter,
  ShutdownService,
  SkreaverWsGateway,
  MessagePipeline,
];
