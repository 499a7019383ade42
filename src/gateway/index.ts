export { AuthenticationDesk } from './authentication-desk.js';
export { ConnectionDesk } from './connection-desk.js';
export { ShutdownService } from './shutdown.service.js';
export { SkreaverWsGateway } from './skreaver-ws.gateway.js';
export { WsErrorFilter } from './ws-error.filter.js';
