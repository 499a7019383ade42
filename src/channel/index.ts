export { ChannelOptionsResolver } from './channel-options-resolver.js';
export { SubscriberIndex, type ChannelCount } from './subscriber-index.js';
