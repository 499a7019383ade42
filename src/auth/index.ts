export { AuthHandler, type ChannelAction } from './auth-handler.js';
export type { DefaultChannel } from './default-channel.js';
export { AuthenticationUnavailableError } from './authentication-unavailable-error.js';
export { type Authentication, Authenticator, type Undecided, isUndecided } from './authenticator.js';
export { Permissions, isDenied } from './permissions.js';
export { SessionDeadlines } from './session-deadlines.js';
export { AllowUnauthenticated, WsAuthGuard } from './ws-auth.guard.js';
export { authProviders } from './auth.providers.js';
