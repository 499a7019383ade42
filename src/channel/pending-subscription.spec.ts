import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import { Join } from './pending-subscription.js';

const event = (offset: number) => ({
  channel: 'a',
  dataJson: '0',
  timestamp: 0,
  position: { epoch: 'e', offset },
  kind: undefined,
});
const joinWith = (room: number): Join => new Join(serviceRig().connect('ann').connection, 'a', false, room);
const offsetsOf = (join: Join): number[] => join.takeKept().map(({ position }) => position.offset);

describe('Join', () => {
  it('gives up once what was kept, in order', () => {
    const join = joinWith(3);
    for (const offset of [1, 2]) join.keep(event(offset));
    expect(offsetsOf(join)).toEqual([1, 2]);
    expect(offsetsOf(join)).toEqual([]);
  });

  it('never keeps more than there is room for: the newest', () => {
    const join = joinWith(3);
    for (const offset of [1, 2, 3, 4]) join.keep(event(offset));
    expect(offsetsOf(join)).toEqual([4]);
  });

  it('keeps nothing without room, nothing that has no position, and nothing once it is over', () => {
    const [none, join] = [joinWith(0), joinWith(3)];
    none.keep(event(1));
    join.keep({ ...event(1), position: undefined });
    expect([offsetsOf(none), offsetsOf(join)]).toEqual([[], []]);
    join.keep(event(2));
    join.end();
    expect(offsetsOf(join)).toEqual([]);
  });
});
