export { AuthMessageHandler } from './auth-message-handler.js';
export { ConnectionLifecycle } from './connection-lifecycle.js';
export { MessagePipeline } from './message-pipeline.js';
export { ShutdownService } from './shutdown.service.js';
export { SkreaverWsGateway } from './skreaver-ws.gateway.js';
export { WsErrorFilter } from './ws-error.filter.js';
