export { ChannelOptionsResolver } from './channel-options-resolver.js';
export { PendingSubscription } from './pending-subscription.js';
export { SubscriberIndex, type ChannelCount } from './subscriber-index.js';
export { SubscriptionLocks, type HeldConnection } from './subscription-locks.js';
