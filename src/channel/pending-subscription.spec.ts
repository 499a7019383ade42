import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import { BufferingReservation } from './pending-subscription.js';

const event = (offset: number) => ({
  channel: 'a',
  dataJson: '0',
  timestamp: 0,
  position: { epoch: 'e', offset },
  kind: undefined,
});
const bufferOf = (capacity: number): BufferingReservation =>
  new BufferingReservation(serviceRig().connect('ann').connection, 'a', false, capacity);
const offsetsOf = (pending: BufferingReservation): number[] => pending.drain().map(({ position }) => position.offset);

describe('a pending subscription that buffers', () => {
  it('hands over its buffer once, in order', () => {
    const pending = bufferOf(3);
    for (const offset of [1, 2]) pending.buffer(event(offset));
    expect(offsetsOf(pending)).toEqual([1, 2]);
    expect(offsetsOf(pending)).toEqual([]);
  });

  it('never buffers more than its capacity, and keeps the newest', () => {
    const pending = bufferOf(3);
    for (const offset of [1, 2, 3, 4]) pending.buffer(event(offset));
    expect(offsetsOf(pending)).toEqual([4]);
  });

  it('buffers nothing without a position, and nothing once it has ended', () => {
    const pending = bufferOf(3);
    pending.buffer({ ...event(1), position: undefined });
    expect(offsetsOf(pending)).toEqual([]);
    pending.buffer(event(2));
    pending.end();
    expect(pending.isEnded).toBe(true);
    expect(offsetsOf(pending)).toEqual([]);
  });
});
