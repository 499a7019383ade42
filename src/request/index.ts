export { BuiltInRequests } from './built-in-requests.js';
export { CallContext } from './call-context.js';
export { CurrentIdentity } from './current-identity.decorator.js';
export { ErrorReporter } from './error-reporter.js';
export { RequestDispatcher } from './request-dispatcher.js';
export { RequestMethods } from './request-methods.js';
export { WsRequest } from './ws-request.decorator.js';
