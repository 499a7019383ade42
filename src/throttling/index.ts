export { Throttler } from './throttler.js';
export { WsThrottlerGuard } from './ws-throttler.guard.js';
export { throttlingProviders } from './throttling.providers.js';
