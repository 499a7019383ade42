export { BuiltInRequests } from './built-in-requests.js';
export { CurrentIdentity } from './current-identity.decorator.js';
export { ErrorReporter } from './error-reporter.js';
export { PresenceRequests } from './presence-requests.js';
export { RequestDispatcher } from './request-dispatcher.js';
export { RequestMethods } from './request-methods.js';
export { RequestSignal } from './request-signal.decorator.js';
export { RunningRequests } from './running-requests.js';
export { WsRequest, type WsRequestOptions } from './ws-request.decorator.js';
