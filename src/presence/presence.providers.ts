import type { Provider } from '@nestjs/common';
import { PresenceReader } from './presence-reader.js';
import { PresenceTracker } from './presence-tracker.js';

export const presenceProviders: Provider[] = [PresenceTracker, PresenceReader];
