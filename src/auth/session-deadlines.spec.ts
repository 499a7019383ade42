import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';

const SECOND = 1000;
const inSeconds = (seconds: number) => ({ userId: 'alice', expiresAt: new Date(Date.now() + seconds * SECOND) });

describe('SessionDeadlines', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const watched = (user?: Parameters<ReturnType<typeof serviceRig>['connect']>[0]) => {
    const rig = serviceRig({ authTimeout: 10 * SECOND, expiryGrace: 25 * SECOND });
    const client = rig.connect(user);
    rig.deadlines.watch(client.connection);
    return { ...rig, ...client };
  };

  it('closes with 4501 a connection that has not authenticated at authTimeout, and not before', () => {
    const { socket } = watched();
    vi.advanceTimersByTime(10 * SECOND - 1);
    expect(socket.closes).toEqual([]);
    vi.advanceTimersByTime(101);
    expect(socket.closes).toMatchObject([{ how: 'terminate', code: 4501 }]);
  });

  it('closes a session with 4004 when its grace is over, and not at its expiry', () => {
    const { socket } = watched(inSeconds(60));
    vi.advanceTimersByTime(85 * SECOND - 1);
    expect(socket.closes).toEqual([]);
    vi.advanceTimersByTime(101);
    expect(socket.closes).toMatchObject([{ how: 'terminate', code: 4004 }]);
  });

  it('closes a session that expired long ago at the next tick', () => {
    const { socket } = watched({ userId: 'alice', expiresAt: new Date(0) });
    vi.advanceTimersByTime(101);
    expect(socket.closes).toMatchObject([{ code: 4004 }]);
  });

  it('supports an expiry as far away as a Date can be', () => {
    const { socket, wheel } = watched({ userId: 'alice', expiresAt: new Date(8.64e15) });
    vi.advanceTimersByTime(120 * SECOND);
    expect(socket.closes).toEqual([]);
    expect(wheel.size).toBe(1);
  });

  it('sets no deadline for a session without an expiry', () => {
    expect(watched('alice').wheel.size).toBe(0);
  });

  it('replaces the deadline of a session when it is renewed', () => {
    const { socket, connection, table, deadlines, wheel } = watched(inSeconds(10));
    table.identify(connection, inSeconds(100));
    deadlines.watch(connection);
    expect(wheel.size).toBe(1);
    vi.advanceTimersByTime(100 * SECOND);
    expect(socket.closes).toEqual([]);
    vi.advanceTimersByTime(26 * SECOND);
    expect(socket.closes).toMatchObject([{ code: 4004 }]);
  });

  it('removes the deadline of a connection that has authenticated without an expiry', () => {
    const { connection, table, deadlines, wheel } = watched();
    table.identify(connection, { userId: 'alice' });
    deadlines.watch(connection);
    expect(wheel.size).toBe(0);
  });

  it('forgets a connection that ended, and watches none that has ended', () => {
    const { connection, table, deadlines, wheel } = watched();
    table.remove(connection);
    expect(wheel.size).toBe(0);
    deadlines.watch(connection);
    expect(wheel.size).toBe(0);
  });
});
