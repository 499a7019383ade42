import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import { PendingSubscription } from './pending-subscription.js';

const event = (offset: number) => ({
  channel: 'a',
  dataJson: '0',
  timestamp: 0,
  position: { epoch: 'e', offset },
  kind: undefined,
});
const joinWith = (room: number): PendingSubscription =>
  new PendingSubscription(serviceRig().connect('ann').connection, 'a', false, room);
const offsetsOf = (pending: PendingSubscription): number[] => pending.drain().map(({ position }) => position.offset);

describe('Join', () => {
  it('gives up once what was kept, in order', () => {
    const pending = joinWith(3);
    for (const offset of [1, 2]) pending.buffer(event(offset));
    expect(offsetsOf(pending)).toEqual([1, 2]);
    expect(offsetsOf(pending)).toEqual([]);
  });

  it('never keeps more than there is room for: the newest', () => {
    const pending = joinWith(3);
    for (const offset of [1, 2, 3, 4]) pending.buffer(event(offset));
    expect(offsetsOf(pending)).toEqual([4]);
  });

  it('keeps nothing without room, nothing that has no position, and nothing once it is over', () => {
    const [none, pending] = [joinWith(0), joinWith(3)];
    none.buffer(event(1));
    pending.buffer({ ...event(1), position: undefined });
    expect([offsetsOf(none), offsetsOf(pending)]).toEqual([[], []]);
    pending.buffer(event(2));
    pending.end();
    expect(offsetsOf(pending)).toEqual([]);
  });
});
