import { describe, expect, it } from 'vitest';
import { OpenChannel } from './open-channel.js';

const at = (offset: number, epoch = 'e') => ({ epoch, offset });

const openAt = (offset: number): OpenChannel => {
  const open = new OpenChannel({});
  open.startAt(at(offset));
  return open;
};

describe('OpenChannel', () => {
  it.each([
    [4, 'e', 'next', 4],
    [3, 'e', 'duplicate', 3],
    [1, 'e', 'duplicate', 3],
    [5, 'e', 'gap', 5],
    [1, 'f', 'gap', 1],
    [4, 'f', 'gap', 4],
  ])('at offset 3 of epoch e takes %i of %s for: %s', (offset, epoch, arrival, after) => {
    const open = openAt(3);
    expect(open.advance(at(offset, epoch))).toBe(arrival);
    expect(open.position?.offset).toBe(after);
  });

  it('misses nothing if events have no position', () => {
    const open = new OpenChannel({});
    expect([open.advance(undefined), open.advance(undefined)]).toEqual(['next', 'next']);
    expect(open.position).toBeUndefined();
  });

  it('takes the first position that it sees, and then the later one of that and the history', () => {
    const early = new OpenChannel({});
    expect(early.advance(at(7))).toBe('next');
    expect(early.startAt(at(5))).toBe(true);
    expect(early.position).toEqual(at(7));
    expect(early.startAt(at(9))).toBe(true);
    expect(early.position).toEqual(at(9));
  });

  it('cannot order positions of two epochs', () => {
    const open = new OpenChannel({});
    open.advance(at(7));
    expect(open.startAt(at(7, 'f'))).toBe(false);
  });
});
