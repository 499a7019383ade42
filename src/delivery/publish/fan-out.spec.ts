import { describe, expect, it } from 'vitest';
import { LatchedBackplane } from '../../../test/support/latched-backplane.js';
import { serviceRig } from '../../../test/support/service-rig.js';

const rigWith = async () => {
  const backplane = new LatchedBackplane();
  const history = { size: 10, ttl: 60_000 };
  const channels = { kept: { history, presence: true, joinLeave: true, overflow: 'drop_oldest' as const } };
  const rig = serviceRig({ channels }, undefined, { backplane });
  const [watcher, other] = [rig.connect('ann'), rig.connect('bob')];
  await rig.subscriptions.subscribe(watcher.connection.id, [{ channel: 'kept', join_leave: true }]);
  await rig.subscriptions.subscribe(other.connection.id, ['kept']);
  // Drops the frames of the subscribing itself.
  for (const { socket } of [watcher, other]) socket.frames.length = 0;
  const { epoch } = rig.openChannels.find('kept')?.position ?? { epoch: '' };
  return { ...rig, backplane, watcher, other, epoch };
};

describe('FanOut', () => {
  it('delivers joins and leaves only to subscribers that want them, and keeps none of them for a recovery', async () => {
    const { backplane, watcher, other, openChannels } = await rigWith();
    const before = openChannels.find('kept')?.position;
    expect(backplane.deliver({ channel: 'kept', kind: 'leave' })).toBe(1);
    expect(watcher.socket.frames).toHaveLength(1);
    expect(other.socket.frames).toEqual([]);
    expect(openChannels.find('kept')?.position).toBe(before);
  });

  it('puts joins and leaves into an overflow group of their own, since they have no offset to show a gap', async () => {
    const { backplane, watcher, epoch } = await rigWith();
    backplane.deliver({ channel: 'kept', kind: 'leave' });
    backplane.deliver({ channel: 'kept', position: { epoch, offset: 1 } });
    const [leave, event] = watcher.socket.frames;
    expect(leave?.droppable).toMatchObject({ group: { overflow: 'drop_oldest' }, offset: undefined });
    expect(event?.droppable).toMatchObject({ group: { overflow: 'drop_oldest' }, offset: 1 });
    expect(leave?.droppable?.group).not.toBe(event?.droppable?.group);
  });

  it('skips an event that it has seen', async () => {
    const { backplane, other, epoch } = await rigWith();
    const event = (offset: number) => ({ channel: 'kept', position: { epoch, offset } });
    expect([1, 2, 1, 2, 3].map((offset) => backplane.deliver(event(offset)))).toEqual([2, 2, 0, 0, 2]);
    expect(other.socket.frames).toHaveLength(3);
  });

  it('drops an event of a channel without subscribers on this node', async () => {
    const { backplane } = await rigWith();
    expect(backplane.deliver({ channel: 'unheard-of' })).toBe(0);
    expect(backplane.deliver({ channel: 'unheard-of', kind: 'join' })).toBe(0);
  });
});
