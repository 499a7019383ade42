export { AuthHandler, type ChannelAction } from './auth-handler.js';
export { type Authentication, Authenticator } from './authenticator.js';
export { BoundAuthHandler, VisibleAuthHandler } from './bound-auth-handler.js';
export { Permissions } from './permissions.js';
export { SessionDeadlines } from './session-deadlines.js';
export { OpenToStrangers, WsAuthGuard } from './ws-auth.guard.js';
