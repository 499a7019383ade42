export { apiGate } from './api-gate.js';
export { DisconnectController } from './disconnect.controller.js';
export { HardenedExpressAdapter } from './hardened-express-adapter.js';
export { HealthController } from './health.controller.js';
export { JsonErrorFilter } from './json-error.filter.js';
export { OverviewController } from './overview.controller.js';
export { PublishController } from './publish.controller.js';
export { RevokeController } from './revoke.controller.js';
