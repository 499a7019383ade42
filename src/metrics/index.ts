export { BackplaneMetrics } from './backplane-metrics.js';
export { describeError } from './describe-error.js';
export { metricsProviders } from './metrics.providers.js';
export { ThrottledLog } from './throttled-log.js';
export { WsMetrics, type ConnectionFailure, type EncodingName } from './ws-metrics.js';
