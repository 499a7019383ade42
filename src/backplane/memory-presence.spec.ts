import { describe, expect, it } from 'vitest';
import type { PresenceUpdate } from './backplane.js';
import { MemoryPresence } from './memory-presence.js';

const update = (userId: string, connections: number, leaveDelay = 0): PresenceUpdate => ({
  channel: 'a',
  userId,
  connections,
  infoJson: undefined,
  announcementJson: undefined,
  leaveDelay,
});

describe('MemoryPresence', () => {
  it('keeps nothing of a channel that all members have left', () => {
    const presence = new MemoryPresence();
    for (const user of ['ann', 'bob']) presence.set('1', update(user, 1), 0);
    presence.set('1', update('ann', 0), 0);
    expect(presence.size).toBe(1);
    presence.set('1', update('bob', 0, 100), 0);
    expect(presence.expire(99)).toEqual([]);
    expect(presence.expire(100)).toMatchObject([{ kind: 'leave', users: 1 }]);
    expect(presence.size).toBe(0);
  });

  it('creates nothing for a user that was never here, and for queries', () => {
    const presence = new MemoryPresence();
    expect(presence.set('1', update('ann', 0), 0)).toBeUndefined();
    presence.members('a', 10);
    presence.stats('a');
    expect(presence.size).toBe(0);
  });

  it('begins an absence once, however often it is said', () => {
    const presence = new MemoryPresence();
    presence.set('1', update('ann', 1), 0);
    for (const now of [0, 50, 90]) presence.set('1', update('ann', 0, 100), now);
    expect(presence.expire(100)).toHaveLength(1);
  });

  it('removes whose absence is over, whichever began first and however long each delay is', () => {
    const presence = new MemoryPresence();
    for (const user of ['ann', 'bob', 'eve']) presence.set('1', { ...update(user, 1), announcementJson: user }, 0);
    presence.set('1', update('ann', 0, 100), 0);
    presence.set('1', update('bob', 0, 20), 10);
    presence.set('1', update('eve', 0, 100), 20);
    presence.set('1', update('ann', 1), 25);
    presence.set('1', update('ann', 0, 100), 30);
    const leftAt = (now: number) => presence.expire(now).map(({ announcementJson }) => announcementJson);
    expect([29, 30, 119, 120, 129, 130].map(leftAt)).toEqual([[], ['bob'], [], ['eve'], [], [undefined]]);
    expect(presence.size).toBe(0);
  });

  it('takes the members of a node along that is gone, and keeps those that are on another', () => {
    const presence = new MemoryPresence();
    presence.set('1', update('ann', 2), 0);
    presence.set('2', update('ann', 1), 0);
    presence.set('1', update('bob', 1), 0);
    expect(presence.removeNode('1', 100, 0)).toEqual([]);
    expect(presence.members('a', 10)).toMatchObject([
      { userId: 'ann', connections: 1 },
      { userId: 'bob', connections: 0 },
    ]);
    expect(presence.expire(100)).toHaveLength(1);
    expect(presence.stats('a')).toEqual({ connections: 1, users: 1 });
  });
});
