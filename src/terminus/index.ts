/** @module Health checks for `@nestjs/terminus`. */

export { SkreaverWsHealthIndicator, type CapacityOptions } from './skreaver-ws-health-indicator.js';
