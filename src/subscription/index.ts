export type { AskOptions, AskTarget } from './ask-target.js';
export { PendingAsks } from './pending-asks.js';
export { PermissionReview } from './permission-review.js';
export { SubscribeHandler } from './subscribe-handler.js';
export type { StartingPosition, Subscribed, Unsubscribed } from './subscription-outcome.js';
export { SubscriptionService, type DeliveryOrError } from './subscription-service.js';
export { UserCommands } from './user-commands.js';
export { subscriptionProviders } from './subscription.providers.js';
