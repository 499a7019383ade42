import { describe, expect, it } from 'vitest';
import { OpenChannel } from './open-channel.js';

const at = (offset: number, epoch = 'e') => ({ epoch, offset });

const openAt = (offset: number): OpenChannel => {
  const open = new OpenChannel('chat', {});
  open.startAt(at(offset));
  return open;
};

describe('OpenChannel', () => {
  it.each([
    [4, 'e', 'next', 4],
    [3, 'e', 'duplicate', 3],
    [1, 'e', 'duplicate', 3],
    [5, 'e', 'gap', 3],
    [1, 'f', 'gap', 3],
    [4, 'f', 'gap', 3],
  ])('at offset 3 of epoch e takes %i of %s for: %s', (offset, epoch, arrival, after) => {
    const open = openAt(3);
    expect(open.advance(at(offset, epoch))).toBe(arrival);
    expect(open.position?.offset).toBe(after);
  });

  it.each([
    [3, 'e', false],
    [2, 'e', false],
    [4, 'e', true],
    [1, 'f', true],
  ])('at offset 3 of epoch e, with the top at %i of %s, is behind: %s', (offset, epoch, isBehind) => {
    expect(openAt(3).isBehind(at(offset, epoch))).toBe(isBehind);
  });

  it('is never behind without a position', () => {
    expect(new OpenChannel('chat', {}).isBehind(at(7))).toBe(false);
  });

  it('misses nothing if events have no position', () => {
    const open = new OpenChannel('chat', {});
    expect([open.advance(undefined), open.advance(undefined)]).toEqual(['next', 'next']);
    expect(open.position).toBeUndefined();
  });

  it('takes the first position that it sees, and then the later one of that and the history', () => {
    const early = new OpenChannel('chat', {});
    expect(early.advance(at(7))).toBe('next');
    expect(early.startAt(at(5))).toBe(true);
    expect(early.position).toEqual(at(7));
    expect(early.startAt(at(9))).toBe(true);
    expect(early.position).toEqual(at(9));
  });

  it('cannot order positions of two epochs', () => {
    const open = new OpenChannel('chat', {});
    open.advance(at(7));
    expect(open.startAt(at(7, 'f'))).toBe(false);
  });
});
