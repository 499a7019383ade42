export { PendingAsks } from './pending-asks.js';
export { ConnectionLocks } from './connection-locks.js';
export { SubscriptionService, type Subscribed, type Unsubscribed } from './subscription-service.js';
