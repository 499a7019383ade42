export { PresenceReader, type ChannelPresence, type PresentMember } from './presence-reader.js';
export { PresenceTracker } from './presence-tracker.js';
export { presenceProviders } from './presence.providers.js';
