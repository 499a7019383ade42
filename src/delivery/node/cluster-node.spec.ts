import type { EventMessage } from '@skreaver/protocol';
import { describe, expect, it, vi } from 'vitest';
import { LossyBackplane } from '../../../test/support/backplane/lossy-backplane.js';
import type { FakeSocket } from '../../../test/support/fake-socket.js';
import { messageOf } from '../../../test/support/frame-message.js';
import { serviceRig } from '../../../test/support/service-rig.js';

const turn = () => new Promise(setImmediate);

const channelsOf = ({ frames }: FakeSocket) =>
  frames.map((frame) => (messageOf(frame) as EventMessage).metadata.channel);

const rigWith = async () => {
  const backplane = new LossyBackplane();
  const channels = { 'kept-*': { history: { size: 10, ttl: 60_000 } } };
  const rig = serviceRig({ channels }, undefined, { backplane });
  const { connection, socket } = rig.connect('ann');
  await rig.subscriptions.subscribe(connection.id, ['kept-1', 'kept-2', 'plain']);
  return { ...rig, backplane, socket };
};

describe('ClusterNode', () => {
  it('repairs what was missed while the engine was away, without a later event', async () => {
    const { backplane, subscriptions, socket, readMeters } = await rigWith();
    backplane.link.interrupted();
    backplane.isDeaf = true;
    await subscriptions.broadcast('kept-1', 1);
    await subscriptions.broadcast('kept-2', 2);
    backplane.isDeaf = false;
    expect(await readMeters()).toMatchObject({ backplaneInterrupted: 1, backplaneInterruptions: 1 });
    backplane.link.restored({ memory: 'kept' });
    await turn();
    expect(socket.frames).toHaveLength(2);
    expect(await readMeters()).toMatchObject({ backplaneInterrupted: 0, backplaneInterruptions: 1, eventsRepaired: 2 });
  });

  it('finds the last event of a channel that was missed without a trace', async () => {
    const { backplane, subscriptions, socket } = await rigWith();
    backplane.isDeaf = true;
    await subscriptions.broadcast('kept-1', 1);
    backplane.isDeaf = false;
    const { reads } = backplane;
    backplane.link.checkPositions();
    await turn();
    expect(socket.frames).toHaveLength(1);
    expect(backplane.reads - reads).toBe(1);
  });

  it('counts one interruption however often it is said, and logs its reason', async () => {
    const { backplane, readMeters, log } = await rigWith();
    backplane.link.interrupted();
    backplane.link.interrupted();
    expect(await readMeters()).toMatchObject({ backplaneInterrupted: 1, backplaneInterruptions: 1 });
    expect(log.lines).toMatchObject([{ level: 'error', kind: 'backplane interrupted' }]);
  });

  it('is not counted as interrupted any more when it has ended', async () => {
    const { backplane, readMeters, node } = await rigWith();
    backplane.link.interrupted();
    await node.onApplicationShutdown();
    expect(await readMeters()).toMatchObject({ backplaneInterrupted: 0, backplaneInterruptions: 1 });
  });

  it('hears of reconnects, and of answers without counting them as such', async () => {
    const { node, readMeters } = await rigWith();
    node.observer.answered(0.001, 1);
    expect(await readMeters()).toMatchObject({ reconnects: 0 });
    node.observer.reconnected(1);
    expect(await readMeters()).toMatchObject({ reconnects: 1 });
  });

  it('is interrupted while any part of the engine is away, and repairs the channels of that part alone', async () => {
    const { backplane, subscriptions, socket, readMeters } = await rigWith();
    const [first, second] = ['kept-1', 'kept-2'].map((held) => ({ holds: (channel: string) => channel === held }));
    backplane.link.interrupted(first);
    backplane.link.interrupted(second);
    backplane.link.interrupted(second);
    backplane.isDeaf = true;
    await subscriptions.broadcast('kept-1', 1);
    await subscriptions.broadcast('kept-2', 2);
    backplane.isDeaf = false;
    expect(await readMeters()).toMatchObject({ backplaneInterrupted: 1, backplaneInterruptions: 1 });
    backplane.link.restored({ memory: 'kept' }, second);
    await turn();
    expect(channelsOf(socket)).toEqual(['kept-2']);
    expect(await readMeters()).toMatchObject({ backplaneInterrupted: 1, eventsRepaired: 1 });
    backplane.link.restored({ memory: 'kept' }, first);
    await turn();
    expect(channelsOf(socket)).toEqual(['kept-2', 'kept-1']);
    expect(await readMeters()).toMatchObject({ backplaneInterrupted: 0, eventsRepaired: 2 });
  });

  it('tells which channels are mirrored, by rules that have a signature', () => {
    const channels = { 'agent:*': { mirror: 'agents' }, 'agent:secret': {} };
    const { node } = serviceRig({ channels });
    const { mirrors } = node;
    expect(['agent:7', 'agent:secret', 'agents'].map((channel) => mirrors.of(channel))).toEqual([
      'agents',
      undefined,
      undefined,
    ]);
    expect(mirrors.signature).not.toBe(
      serviceRig({ channels: { 'agent:*': { mirror: 'agents' } } }).node.mirrors.signature,
    );
    expect(serviceRig({ channels: { room: {} } }).node.mirrors.signature).toBe('');
  });

  it('logs that positions could not be checked, and checks them the next time', async () => {
    const { backplane, log, subscriptions, socket } = await rigWith();
    backplane.isDeaf = true;
    await subscriptions.broadcast('kept-1', 1);
    backplane.isDeaf = false;
    vi.spyOn(backplane, 'positions').mockRejectedValueOnce(new Error('away again'));
    backplane.link.checkPositions();
    await turn();
    expect(log.text()).toContain('away again');
    backplane.link.checkPositions();
    await turn();
    expect(socket.frames).toHaveLength(1);
  });
});
