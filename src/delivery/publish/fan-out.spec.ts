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

  it('gives the excluded the position of an event alone, in the overflow group of the events, and does not count them', async () => {
    const { backplane, watcher, other, epoch } = await rigWith();
    const except = { userId: 'bob' };
    expect(backplane.deliver({ channel: 'kept', position: { epoch, offset: 1 }, dataJson: '"secret"', except })).toBe(
      1,
    );
    const [event] = watcher.socket.frames;
    const [placeholder] = other.socket.frames;
    expect(event?.bytes.toString()).toContain('secret');
    expect(placeholder?.bytes.toString()).toContain(
      `{"type":"event","data":null,"metadata":{"channel":"kept","timestamp":0,"epoch":"${epoch}","offset":1,"kind":"skipped"}}`,
    );
    expect(placeholder?.droppable).toMatchObject({ group: event?.droppable?.group, offset: 1 });
  });

  it('gives the excluded nothing where a channel has no history', async () => {
    const { backplane, subscriptions, connect } = await rigWith();
    const clients = [connect('ann'), connect('bob')];
    for (const { connection } of clients) await subscriptions.subscribe(connection.id, ['plain']);
    const except = { connectionId: clients[0]?.connection.id };
    expect(backplane.deliver({ channel: 'plain', except })).toBe(1);
    expect(clients.map(({ socket }) => socket.frames.length)).toEqual([0, 1]);
  });

  it('gives the excluded a placeholder too while they are ahead of the node', async () => {
    const { backplane, index, connect, epoch } = await rigWith();
    const clients = [connect('ann'), connect('bob')];
    for (const { connection } of clients) index.activate(index.reserve(connection, 'kept'), 0);
    const except = { connectionId: clients[0]?.connection.id };
    const position = { epoch, offset: 1 };
    expect(backplane.deliver({ channel: 'kept', position, dataJson: '"secret"', except })).toBe(3);
    const texts = clients.map(({ socket }) => socket.frames.map(({ bytes }) => bytes.toString()).join(''));
    expect(texts.map((text) => [text.includes('skipped'), text.includes('secret')])).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});
