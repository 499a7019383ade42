export { JoinLeaveEvents } from './join-leave-events.js';
export { PresenceReader, type ChannelPresence, type PresentMember } from './presence-reader.js';
export { PresenceTracker } from './presence-tracker.js';
