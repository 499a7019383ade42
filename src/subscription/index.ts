export type { AskOptions, AskTarget } from './ask-target.js';
export { PendingAsks } from './pending-asks.js';
export { PermissionReview } from './permission-review.js';
export { Subscribing } from './subscribing.js';
export type { StartingPosition, Subscribed, Unsubscribed } from './subscription-outcome.js';
export { SubscriptionEndings } from './subscription-endings.js';
export { SubscriptionPlaces } from './subscription-places.js';
export { SubscriptionService, type DeliveryOrError } from './subscription-service.js';
export { UserCommands } from './user-commands.js';
