import { describe, expect, it } from 'vitest';
import type { FakeSocket } from '../../../test/support/fake-socket.js';
import { messageOf } from '../../../test/support/frame-message.js';
import { serviceRig } from '../../../test/support/service-rig.js';

const messagesOf = ({ frames }: FakeSocket): unknown[] => frames.map(messageOf);

describe('DirectEvents', () => {
  it('sends an event without a channel, in the turn of the call', () => {
    const { direct, connect } = serviceRig();
    const { connection, socket } = connect('ann');
    void direct.sendToConnection(connection.id, 7);
    expect(messagesOf(socket)).toEqual([{ type: 'event', data: 7, metadata: { timestamp: expect.any(Number) } }]);
  });

  it('sends a question with its id to the given connections, as the very same frame', () => {
    const { direct, connect } = serviceRig();
    const [one, two] = [connect('ann'), connect('ann')];
    const question = direct.question({ userId: 'ann' }, { n: 1 });
    direct.pushQuestion(question, [one.connection, two.connection]);
    expect(messagesOf(one.socket)).toEqual([
      { type: 'event', data: { n: 1 }, correlation_id: question.id, metadata: { timestamp: question.timestamp } },
    ]);
    expect(two.socket.frames[0]).toBe(one.socket.frames[0]);
  });

  it.each(['nobody', '', 'node0001.c9'])('finds no connection %j', async (id) => {
    const { direct } = serviceRig();
    await expect(direct.sendToConnection(id, 7)).rejects.toMatchObject({ code: 'CONNECTION_NOT_FOUND' });
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

  it('leaves out who is excluded, and sends the metadata of the application', async () => {
    const { direct, connect } = serviceRig();
    const [one, two, other] = [connect('ann'), connect('ann'), connect('bob')];
    const metadata = { type: 'note' };
    const except = { connectionId: one.connection.id };
    expect(await direct.sendToUser('ann', 1, { except, metadata })).toEqual({ delivered: 1 });
    expect(await direct.sendToAll(2, { except: { userId: 'ann' } })).toEqual({ delivered: 1 });
    expect(messagesOf(two.socket)).toMatchObject([{ data: 1, metadata: { app: metadata } }]);
    expect(messagesOf(other.socket)).toMatchObject([{ data: 2 }]);
    expect(one.socket.frames).toEqual([]);
    await expect(direct.sendToAll(3, { except: {} })).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  });

  it('rejects data that is not JSON, and an event over maxBufferedBytes', async () => {
    const { direct, connect } = serviceRig({ maxBufferedBytes: 65_536 });
    const { connection, socket } = connect('ann');
    const large = 'x'.repeat(65_536);
    const target = { connectionId: connection.id };
    expect(() => direct.question(target, 1n)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
    expect(() => direct.question(target, large)).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }));
    await expect(direct.sendToConnection(connection.id, 1n)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(direct.sendToConnection(connection.id, large)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    await expect(direct.sendToUser('ann', undefined)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(direct.sendToUser('ann', large)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(socket.frames).toEqual([]);
  });
});
