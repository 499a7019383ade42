import type { PresenceUpdate } from '../../../src/backplane/index.js';

/** What a node says of a user who has so many connections on it, and of whom nobody is told. */
export function presenceUpdate(
  channel: string,
  userId: string,
  connections: number,
  more: Partial<PresenceUpdate> = {},
): PresenceUpdate {
  return {
    channel,
    userId,
    connections,
    infoJson: undefined,
    announcementJson: undefined,
    leaveDelay: 0,
    ...more,
  };
}
