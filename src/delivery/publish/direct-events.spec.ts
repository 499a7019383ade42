import { describe, expect, it } from 'vitest';
import type { FakeSocket } from '../../../test/support/fake-socket.js';
import { serviceRig } from '../../../test/support/service-rig.js';

const messagesOf = ({ frames }: FakeSocket): unknown[] =>
  frames.map(({ bytes }) => {
    const text = bytes.toString('utf8');
    return JSON.parse(text.slice(text.indexOf('{')));
  });

describe('DirectEvents', () => {
  it('sends an event without a channel, with the given correlation id', () => {
    const { direct, connect } = serviceRig();
    const { connection, socket } = connect('ann');
    expect(direct.sendTo(connection, 7, 'q1')).toEqual({ delivered: 1 });
    expect(messagesOf(socket)).toEqual([
      { type: 'event', data: 7, correlation_id: 'q1', metadata: { timestamp: expect.any(Number) } },
    ]);
  });

  it('sends the very same frame to every connection of a user', async () => {
    const { direct, connect } = serviceRig();
    const [one, two, other] = [connect('ann'), connect('ann'), connect('bob')];
    expect(await direct.sendToUser('ann', { n: 1 })).toEqual({ delivered: 2 });
    expect(messagesOf(one.socket)).toEqual([
      { type: 'event', data: { n: 1 }, metadata: { timestamp: expect.any(Number) } },
    ]);
    expect(two.socket.frames[0]).toBe(one.socket.frames[0]);
    expect(other.socket.frames).toEqual([]);
  });

  it('rejects data that is not JSON, and an event over maxBufferedBytes', async () => {
    const { direct, connect } = serviceRig({ maxBufferedBytes: 65_536 });
    const { connection, socket } = connect('ann');
    const large = 'x'.repeat(65_536);
    expect(() => direct.sendTo(connection, 1n)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
    expect(() => direct.sendTo(connection, large)).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }));
    await expect(direct.sendToUser('ann', undefined)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(direct.sendToUser('ann', large)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(socket.frames).toEqual([]);
  });
});
