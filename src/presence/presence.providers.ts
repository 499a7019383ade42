import type { Provider } from '@nestjs/common';
import { JoinLeaveEvents } from './join-leave-events.js';
import { PresenceReader } from './presence-reader.js';
import { PresenceTracker } from './presence-tracker.js';

export const presenceProviders: Provider[] = [JoinLeaveEvents, PresenceTracker, PresenceReader];
