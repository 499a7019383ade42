export { type Asker, ChannelOptionsResolver } from './channel-options-resolver.js';
export type { BufferingSubscription, PendingSubscription } from './pending-subscription.js';
export { SubscriberIndex, type ChannelCount, type SubscriptionObserver } from './subscriber-index.js';
export { SubscriptionLocks, type HeldConnection } from './subscription-locks.js';
export { channelProviders } from './channel.providers.js';
