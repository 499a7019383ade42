import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it, vi } from 'vitest';
import { FakeSocket } from '../../test/support/fake-socket.js';
import { serviceRig } from '../../test/support/service-rig.js';
import { Connection } from './connection.js';

describe('ConnectionRegistry', () => {
  it('knows a connection by its id and by its user until it is removed', () => {
    const { registry, connect } = serviceRig();
    const { connection } = connect('alice');
    expect(registry.get(connection.id)).toBe(connection);
    expect(registry.ofUser('alice')).toEqual([connection]);
    registry.remove(connection);
    expect(registry.get(connection.id)).toBeUndefined();
    expect(registry.ofUser('alice')).toEqual([]);
    expect(registry.list()).toEqual([]);
  });

  it('refuses a second connection of one id, and the first one stays', () => {
    const { registry, connect } = serviceRig();
    const { connection } = connect('alice');
    const second = new Connection(connection.id, '192.0.2.2', new FakeSocket(), {
      phase: 'authenticated',
      identity: { userId: 'mallory' },
    });
    expect(() => registry.add(second)).toThrow(expect.objectContaining({ code: 'DUPLICATE_CONNECTION' }));
    registry.remove(second);
    expect(registry.list()).toEqual([connection]);
    expect(registry.ofUser('mallory')).toEqual([]);
    expect(registry.getStats()).toMatchObject({ activeConnections: 1, totalConnections: 1 });
  });

  it('keeps every figure in balance over coming, authenticating and going twice', async () => {
    const { registry, connect, readMeters } = serviceRig();
    const alice = connect('alice');
    const stranger = connect();
    expect(registry.getStats()).toMatchObject({
      activeConnections: 2,
      authenticatedConnections: 1,
      peakConnections: 2,
    });
    registry.identify(stranger.connection, { userId: 'bob' });
    expect(registry.getStats().authenticatedConnections).toBe(2);
    for (const { connection } of [alice, stranger, alice]) registry.remove(connection);
    expect(registry.getStats()).toEqual({
      activeConnections: 0,
      totalConnections: 2,
      peakConnections: 2,
      authenticatedConnections: 0,
      messagesSent: 0,
      messagesReceived: 0,
      channels: 0,
    });
    expect((await readMeters()).connections).toBe(0);
  });

  it('tells observers once that a connection ended, when it is closed and no longer found', () => {
    const { registry, connect } = serviceRig();
    const { connection } = connect('alice');
    const ended = vi.fn<(connection: Connection) => void>(() => {
      expect(connection.state).toEqual({ phase: 'closed', code: 4000 });
      expect(registry.get(connection.id)).toBeUndefined();
    });
    registry.observe({ onEnded: ended });
    registry.remove(connection, 4000);
    registry.remove(connection, 4001);
    expect(ended).toHaveBeenCalledExactlyOnceWith(connection);
  });

  it('tells observers of a change of user, and of neither a first identity nor a renewal', () => {
    const { registry, connect } = serviceRig();
    const { connection } = connect();
    const userChanged = vi.fn<(connection: Connection) => void>();
    registry.observe({ onUserChanged: userChanged });
    registry.identify(connection, { userId: 'alice' });
    registry.identify(connection, { userId: 'alice', expiresAt: new Date(0) });
    expect(userChanged).not.toHaveBeenCalled();
    registry.identify(connection, { userId: 'bob' });
    expect(userChanged).toHaveBeenCalledExactlyOnceWith(connection);
    expect(registry.ofUser('alice')).toEqual([]);
    expect(registry.ofUser('bob')).toEqual([connection]);
  });

  it('gives no identity to a connection that has ended', () => {
    const { registry, connect } = serviceRig();
    const { connection } = connect();
    registry.remove(connection);
    registry.identify(connection, { userId: 'alice' });
    expect(connection.isClosed).toBe(true);
    expect(registry.ofUser('alice')).toEqual([]);
    expect(registry.getStats().authenticatedConnections).toBe(0);
  });

  it('sends to and disconnects one connection, and says when there is none', () => {
    const { registry, connect } = serviceRig();
    const { connection, socket } = connect('alice');
    registry.send(connection.id, { type: 'ping' });
    expect(socket.sent).toEqual([{ type: 'ping' }]);
    expect(registry.disconnect(connection.id, CloseCode.Reconnect, 20)).toBe(true);
    expect(socket.closes).toEqual([{ how: 'terminate', code: 4005, retryAfterMs: 20 }]);
    expect(registry.disconnect(connection.id)).toBe(false);
    expect(() => registry.send(connection.id, { type: 'ping' })).toThrow(
      expect.objectContaining({ code: 'CONNECTION_NOT_FOUND' }),
    );
  });

  it('disconnects with 4505 unless told otherwise', () => {
    const { registry, connect } = serviceRig();
    const { connection, socket } = connect('alice');
    registry.disconnect(connection.id);
    expect(socket.closes[0]?.code).toBe(4505);
  });

  it('reserves places within its limits', () => {
    const { registry } = serviceRig({ maxConnections: 1 });
    const place = registry.acquire('192.0.2.1');
    expect(() => registry.acquire('192.0.2.2')).toThrow(expect.objectContaining({ code: 'CONNECTION_LIMIT_EXCEEDED' }));
    place.release();
    expect(() => registry.acquire('192.0.2.2')).not.toThrow();
  });
});

describe('a session', () => {
  it('ends with a new user and with the connection, and not with a renewal', () => {
    const { registry, connect } = serviceRig();
    const { connection } = connect();
    const sessions = [connection.session];
    const current = () => sessions.map(({ isCurrent }) => isCurrent);
    registry.identify(connection, { userId: 'alice' });
    sessions.push(connection.session);
    expect(current()).toEqual([false, true]);
    registry.identify(connection, { userId: 'alice' });
    expect(connection.session).toBe(sessions[1]);
    expect(current()).toEqual([false, true]);
    registry.remove(connection);
    expect(current()).toEqual([false, false]);
  });
});
