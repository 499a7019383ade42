export { AuthenticationFlow } from './authentication-flow.js';
export { ShutdownService } from './shutdown.service.js';
export { gatewayProviders } from './gateway.providers.js';
