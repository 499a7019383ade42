import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../test/support/frame-message.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import type { SkreaverWsOptions } from '../../config/index.js';

const HISTORY = { channels: { 'kept*': { history: { size: 10, ttl: 60_000 } } } };

const rigWith = async (users: readonly string[], options: SkreaverWsOptions = HISTORY) => {
  const rig = serviceRig({ maxBufferedBytes: 65_536, ...options });
  const clients = users.map((user) => rig.connect(user));
  for (const { connection } of clients) await rig.subscriptions.subscribe(connection.id, ['news', 'kept']);
  return { ...rig, clients };
};

describe('Publisher', () => {
  it('sends the very same frame to every subscriber of the channel, and to nobody else', async () => {
    const { publisher, clients, connect } = await rigWith(['ann', 'bob']);
    const { socket } = connect('cid');
    expect(await publisher.publish({ channel: 'news', data: { n: 1 } })).toEqual({ delivered: 2 });
    const [ann, bob] = clients;
    expect(ann?.socket.frames).toHaveLength(1);
    expect(bob?.socket.frames[0]).toBe(ann?.socket.frames[0]);
    expect(socket.frames).toEqual([]);
    expect(messageOf(ann?.socket.frames[0])).toEqual({
      type: 'event',
      data: { n: 1 },
      metadata: { channel: 'news', timestamp: expect.any(Number) },
    });
  });

  it('has delivered when it returns, and in the order of the calls', async () => {
    const { publisher, clients } = await rigWith(['ann']);
    const published = ['kept', 'news', 'kept'].map((channel, n) => publisher.publish({ channel, data: n }));
    expect(clients[0]?.socket.frames.map((frame) => (messageOf(frame) as { data: number }).data)).toEqual([0, 1, 2]);
    expect((await Promise.all(published)).map(({ offset }) => offset)).toEqual([1, undefined, 2]);
  });

  it('returns the position of an event if the channel has history, and sends it with the event', async () => {
    const { publisher, clients } = await rigWith(['ann']);
    const { epoch, offset, delivered } = await publisher.publish({ channel: 'kept', data: 1 });
    expect({ delivered, offset }).toEqual({ delivered: 1, offset: 1 });
    expect(messageOf(clients[0]?.socket.frames[0])).toMatchObject({ metadata: { channel: 'kept', epoch, offset: 1 } });
  });

  it('publishes once under one idempotency key, and returns the first position for a duplicate', async () => {
    const { publisher, clients } = await rigWith(['ann']);
    const event = { channel: 'kept', data: 1, idempotencyKey: 'k' };
    const first = await publisher.publish(event);
    expect(await publisher.publish(event)).toEqual({ ...first, delivered: 0, duplicate: true });
    expect(await publisher.publish({ channel: 'news', data: 1, idempotencyKey: 'k' })).toEqual({ delivered: 1 });
    expect(await publisher.publish({ channel: 'news', data: 1, idempotencyKey: 'k' })).toEqual({
      delivered: 0,
      duplicate: true,
    });
    expect(clients[0]?.socket.frames).toHaveLength(2);
  });

  it('names the user of the client that published, and nobody where the application did', async () => {
    const { publisher, clients } = await rigWith(['ann']);
    await publisher.publish({ channel: 'kept', data: 1 }, 'bob');
    await publisher.publish({ channel: 'news', data: 1 });
    const [first, second] = clients[0]?.socket.frames ?? [];
    expect(messageOf(first)).toMatchObject({ metadata: { from: { user_id: 'bob' }, offset: 1 } });
    expect(messageOf(second)).not.toHaveProperty('metadata.from');
  });

  it('counts the user for the bound of an event', async () => {
    const { publisher } = await rigWith([]);
    const publish = (userId: string) => publisher.publish({ channel: 'kept', data: 'x'.repeat(20_000) }, userId);
    await expect(publish('\u0000'.repeat(7500))).resolves.toMatchObject({ offset: 1 });
    await expect(publish('\u0000'.repeat(7600))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  it.each(['', 'k'.repeat(129)])('rejects the idempotency key %j', async (idempotencyKey) => {
    const { publisher } = await rigWith([]);
    await expect(publisher.publish({ channel: 'news', data: 1, idempotencyKey })).rejects.toMatchObject({
      code: 'INVALID_PARAMS',
    });
  });

  it('counts only the subscribers that took the event, and skips one that is cut meanwhile', async () => {
    const { publisher, clients } = await rigWith(['ann', 'bob', 'cid']);
    const bob = clients[1];
    if (bob !== undefined) {
      bob.socket.push = () => {
        bob.socket.closeAndDestroy(CloseCode.SlowConsumer);
        return false;
      };
    }
    expect(await publisher.publish({ channel: 'news', data: 1 })).toEqual({ delivered: 2 });
    expect(clients[2]?.socket.frames).toHaveLength(1);
    expect(await publisher.publish({ channel: 'news', data: 2 })).toEqual({ delivered: 2 });
  });

  it('delivers to nobody in a channel without subscribers', async () => {
    expect(await (await rigWith([])).publisher.publish({ channel: 'news', data: 1 })).toEqual({ delivered: 0 });
  });

  it('rejects an invalid name, data that is not JSON, and an event over maxBufferedBytes', async () => {
    const { publisher } = await rigWith(['ann']);
    await expect(publisher.publish({ channel: 'no good', data: 1 })).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
    await expect(publisher.publish({ channel: 'news', data: 1n })).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(publisher.publish({ channel: 'news', data: 'x'.repeat(65_536) })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      details: { max: 65_536 },
    });
  });

  it('accepts an event of exactly maxBufferedBytes, and rejects one byte more', async () => {
    const { publisher, clients } = await rigWith(['ann']);
    await publisher.publish({ channel: 'news', data: '' });
    const around = clients[0]?.socket.frames[0]?.bytes.length ?? 0;
    // The frame header grows from 2 to 4 bytes.
    const room = 65_536 - around - 2;
    expect((await publisher.publish({ channel: 'news', data: 'x'.repeat(room) })).delivered).toBe(1);
    expect(clients[0]?.socket.frames[1]?.bytes.length).toBe(65_536);
    await expect(publisher.publish({ channel: 'news', data: 'x'.repeat(room + 1) })).rejects.toThrow();
  });

  it('reserves space for the longest position in a channel with history', async () => {
    const { publisher, clients } = await rigWith(['ann']);
    let room = 65_536;
    const refused = (data: string): Promise<boolean> =>
      publisher.publish({ channel: 'kept', data }).then(
        () => false,
        () => true,
      );
    while (await refused('x'.repeat(room))) room -= 1;
    const size = clients[0]?.socket.frames[0]?.bytes.length ?? 0;
    expect(size).toBeLessThanOrEqual(65_536);
    expect(size).toBeGreaterThan(65_536 - 64);
  });
});

describe('a channel with another overflow policy', () => {
  const rigOf = (overflow: 'drop_oldest' | 'latest') =>
    rigWith(['ann'], { channels: { 'kept*': { history: { size: 10, ttl: 60_000 }, overflow }, news: { overflow } } });

  it.each(['drop_oldest', 'latest'] as const)('has an overflow group of its own: %s', async (overflow) => {
    const { publisher, clients } = await rigOf(overflow);
    for (const channel of ['kept', 'kept', 'news']) await publisher.publish({ channel, data: 1 });
    const [first, second, other] = clients[0]?.socket.frames ?? [];
    expect(first?.droppable?.group).toEqual({ overflow });
    expect(second?.droppable?.group).toBe(first?.droppable?.group);
    expect(second?.droppable?.offset).toBe(2);
    expect(other?.droppable?.group).not.toBe(first?.droppable?.group);
    expect(other?.droppable?.offset).toBeUndefined();
  });

  it('reports a loss in the metadata of the same event', async () => {
    const { publisher, clients } = await rigOf('drop_oldest');
    await publisher.publish({ channel: 'kept', data: { n: 1 } });
    const [frame] = clients[0]?.socket.frames ?? [];
    const told = messageOf(frame?.droppable?.withGap({ from: 4, to: 6 })) as { metadata: object };
    expect(told.metadata).toMatchObject({ gap: { from: 4, to: 6 }, offset: 1 });
    expect(told).toMatchObject({ ...(messageOf(frame) as object), metadata: {} });
  });

  it('drops nothing if the policy is disconnect', async () => {
    const { publisher, clients } = await rigWith(['ann']);
    await publisher.publish({ channel: 'kept', data: 1 });
    expect(clients[0]?.socket.frames[0]?.droppable).toBeUndefined();
  });
});
