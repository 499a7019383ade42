import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import type { Frame } from '../transport/index.js';

const textOf = (frame: Frame | undefined): string =>
  frame === undefined ? '' : frame.bytes.toString('utf8').slice(frame.bytes.toString('utf8').indexOf('{'));

const rigWith = (...users: string[]) => {
  const rig = serviceRig({ maxBufferedBytes: 65_536 });
  const clients = users.map((user) => rig.connect(user));
  for (const { connection } of clients) rig.index.add(connection, 'news');
  return { ...rig, clients };
};

describe('Publisher', () => {
  it('gives every subscriber of the channel the very same frame, and nobody else any', () => {
    const { publisher, clients, connect } = rigWith('ann', 'bob');
    const { socket } = connect('cid');
    expect(publisher.publish('news', { n: 1 })).toEqual({ delivered: 2 });
    const [ann, bob] = clients;
    expect(ann?.socket.frames).toHaveLength(1);
    expect(bob?.socket.frames[0]).toBe(ann?.socket.frames[0]);
    expect(socket.frames).toEqual([]);
    expect(JSON.parse(textOf(ann?.socket.frames[0]))).toEqual({
      type: 'event',
      data: { n: 1 },
      metadata: { channel: 'news', timestamp: expect.any(Number) },
    });
  });

  it('counts only those who took the event, and goes on past one that is cut meanwhile', () => {
    const { publisher, clients } = rigWith('ann', 'bob', 'cid');
    const bob = clients[1];
    if (bob !== undefined) {
      bob.socket.push = () => {
        bob.socket.terminate(CloseCode.SlowConsumer);
        return false;
      };
    }
    expect(publisher.publish('news', 1)).toEqual({ delivered: 2 });
    expect(clients[2]?.socket.frames).toHaveLength(1);
    expect(publisher.publish('news', 2)).toEqual({ delivered: 2 });
  });

  it('delivers to nobody in a channel without subscribers', () => {
    expect(rigWith().publisher.publish('news', 1)).toEqual({ delivered: 0 });
  });

  it('refuses a name that is none, data that is no JSON, and an event over maxBufferedBytes', () => {
    const { publisher } = rigWith('ann');
    expect(() => publisher.publish('no good', 1)).toThrow(expect.objectContaining({ code: 'INVALID_CHANNEL' }));
    expect(() => publisher.publish('news', 1n)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
    expect(() => publisher.publish('news', 'x'.repeat(65_536))).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE', details: expect.objectContaining({ max: 65_536 }) }),
    );
  });

  it('takes an event of exactly maxBufferedBytes, and refuses one byte more', () => {
    const { publisher, clients } = rigWith('ann');
    publisher.publish('news', '');
    const around = clients[0]?.socket.frames[0]?.bytes.length ?? 0;
    // The frame header grows from 2 to 4 bytes.
    const room = 65_536 - around - 2;
    expect(publisher.publish('news', 'x'.repeat(room)).delivered).toBe(1);
    expect(clients[0]?.socket.frames[1]?.bytes.length).toBe(65_536);
    expect(() => publisher.publish('news', 'x'.repeat(room + 1))).toThrow();
  });

  it('sends what belongs to no channel without one, with the correlation id it is given', () => {
    const { publisher, clients } = rigWith('ann');
    const connections = clients.map(({ connection }) => connection);
    expect(publisher.send(connections, 7, 'q1')).toEqual({ delivered: 1 });
    expect(JSON.parse(textOf(clients[0]?.socket.frames[0]))).toEqual({
      type: 'event',
      data: 7,
      correlation_id: 'q1',
      metadata: { timestamp: expect.any(Number) },
    });
  });
});
