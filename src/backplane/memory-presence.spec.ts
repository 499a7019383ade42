import { describe, expect, it } from 'vitest';
import { MemoryPresence } from './memory-presence.js';

describe('MemoryPresence', () => {
  it('keeps nothing of a channel that all members have left', () => {
    const roster = new MemoryPresence();
    roster.join('a', 'ann', undefined);
    roster.join('a', 'bob', undefined);
    roster.leave('a', 'ann');
    roster.forget('a', 'ann');
    expect(roster.size).toBe(1);
    roster.leave('a', 'bob');
    roster.forget('a', 'bob');
    expect(roster.size).toBe(0);
  });

  it('creates nothing for queries about a channel that nobody joined', () => {
    const roster = new MemoryPresence();
    roster.leave('a', 'ann');
    roster.forget('a', 'ann');
    roster.members('a', 10);
    roster.stats('a');
    expect(roster.size).toBe(0);
  });
});
