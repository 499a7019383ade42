import type { Provider } from '@nestjs/common';
import { ChannelOptionsResolver } from './channel-options-resolver.js';
import { SubscriberIndex } from './subscriber-index.js';
import { SubscriptionLocks } from './subscription-locks.js';

export const channelProviders: Provider[] = [ChannelOptionsResolver, SubscriberIndex, SubscriptionLocks];
