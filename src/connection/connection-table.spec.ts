import { describe, expect, it, vi } from 'vitest';
import { FakeSocket } from '../../test/support/fake-socket.js';
import { handshakeOf, serviceRig } from '../../test/support/service-rig.js';
import { ClientConnection } from './client-connection.js';

describe('ConnectionTable', () => {
  it('finds a connection by its id and by its user until it is removed', () => {
    const { table, connect } = serviceRig();
    const { connection } = connect('alice');
    expect(table.get(connection.id)).toBe(connection);
    expect(table.ofUser('alice')).toEqual([connection]);
    table.remove(connection);
    expect(table.get(connection.id)).toBeUndefined();
    expect(table.ofUser('alice')).toEqual([]);
    expect(table.list()).toEqual([]);
  });

  it('rejects a second connection with the same id, and the first one stays', () => {
    const { table, connect, index } = serviceRig();
    const { connection } = connect('alice');
    const state = { phase: 'authenticated', identity: { userId: 'mallory' } } as const;
    const second = new ClientConnection(handshakeOf(connection.id, '192.0.2.2'), new FakeSocket(), state, index);
    expect(() => table.add(second)).toThrow(expect.objectContaining({ code: 'DUPLICATE_CONNECTION' }));
    table.remove(second);
    expect(table.list()).toEqual([connection]);
    expect(table.ofUser('mallory')).toEqual([]);
    expect(table.counts).toMatchObject({ active: 1, total: 1 });
  });

  it('counts a connection once, however often it authenticates or is removed', async () => {
    const { table, connect, readMeters } = serviceRig();
    const alice = connect('alice');
    const bob = connect();
    expect(table.counts).toMatchObject({ active: 2, authenticated: 1, peak: 2 });
    table.identify(bob.connection, { userId: 'bob' });
    expect(table.counts.authenticated).toBe(2);
    for (const { connection } of [alice, bob, alice]) table.remove(connection);
    expect(table.counts).toEqual({ active: 0, total: 2, peak: 2, authenticated: 0 });
    expect((await readMeters()).connections).toBe(0);
  });

  it('notifies observers once that a connection ended, when it is closed and no longer found', () => {
    const { table, connect } = serviceRig();
    const { connection } = connect('alice');
    const ended = vi.fn<(connection: ClientConnection) => void>(() => {
      expect(connection.state).toEqual({ phase: 'closed', code: 4000, identity: { userId: 'alice' } });
      expect(table.get(connection.id)).toBeUndefined();
    });
    table.observe({ onEnded: ended });
    table.remove(connection, 4000);
    table.remove(connection, 4001);
    expect(ended).toHaveBeenCalledExactlyOnceWith(connection);
  });

  it('notifies observers of a change of user, but not of a first identity or a renewal', () => {
    const { table, connect } = serviceRig();
    const { connection } = connect();
    const userChanged = vi.fn<(connection: ClientConnection) => void>();
    table.observe({ onUserChanged: userChanged });
    table.identify(connection, { userId: 'alice' });
    table.identify(connection, { userId: 'alice', expiresAt: new Date(0) });
    expect(userChanged).not.toHaveBeenCalled();
    table.identify(connection, { userId: 'bob' });
    expect(userChanged).toHaveBeenCalledExactlyOnceWith(connection);
    expect(table.ofUser('alice')).toEqual([]);
    expect(table.ofUser('bob')).toEqual([connection]);
  });

  it('sets no identity of a connection that has ended', () => {
    const { table, connect } = serviceRig();
    const { connection } = connect();
    table.remove(connection);
    table.identify(connection, { userId: 'alice' });
    expect(connection.isClosed).toBe(true);
    expect(table.ofUser('alice')).toEqual([]);
    expect(table.counts.authenticated).toBe(0);
  });

  it('grants permits within its limits', () => {
    const { table } = serviceRig({ maxConnections: 1 });
    const place = table.acquire('192.0.2.1');
    expect(() => table.acquire('192.0.2.2')).toThrow(expect.objectContaining({ code: 'CONNECTION_LIMIT_EXCEEDED' }));
    place.release();
    expect(() => table.acquire('192.0.2.2')).not.toThrow();
  });
});

describe('a session', () => {
  it('ends with a new user and with the connection, and not with a renewal', () => {
    const { table, connect } = serviceRig();
    const { connection } = connect();
    const sessions = [connection.session];
    const current = () => sessions.map(({ isCurrent }) => isCurrent);
    table.identify(connection, { userId: 'alice' });
    sessions.push(connection.session);
    expect(current()).toEqual([false, true]);
    table.identify(connection, { userId: 'alice' });
    expect(connection.session).toBe(sessions[1]);
    expect(current()).toEqual([false, true]);
    table.remove(connection);
    expect(current()).toEqual([false, false]);
  });
});
