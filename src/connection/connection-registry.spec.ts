import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';

describe('ConnectionRegistry', () => {
  it('finds a connection by its id and by its user while it is open', () => {
    const { registry, table, connect } = serviceRig();
    const { connection } = connect('alice');
    expect(registry.get(connection.id)).toBe(connection);
    expect(registry.ofUser('alice')).toEqual([connection]);
    expect(registry.list()).toEqual([connection]);
    table.remove(connection);
    expect(registry.get(connection.id)).toBeUndefined();
    expect(registry.ofUser('alice')).toEqual([]);
    expect(registry.list()).toEqual([]);
  });

  it('disconnects one connection with a code and a retry hint, and returns false once it is gone', async () => {
    const { registry, connect } = serviceRig();
    const { connection, socket } = connect('alice');
    expect(await registry.disconnect(connection.id, CloseCode.Reconnect, 20)).toBe(true);
    expect(socket.closes).toEqual([{ how: 'terminate', code: 4005, retryAfterMs: 20 }]);
    expect(await registry.disconnect(connection.id)).toBe(false);
  });

  it('disconnects with 4505 by default', () => {
    const { registry, connect } = serviceRig();
    const { connection, socket } = connect('alice');
    void registry.disconnect(connection.id);
    expect(socket.closes[0]?.code).toBe(4505);
  });

  it('reports zero for every figure except the totals after the last connection has ended', () => {
    const { registry, table, connect } = serviceRig();
    for (const { connection } of [connect('alice'), connect()]) table.remove(connection);
    expect(registry.getStats()).toEqual({
      activeConnections: 0,
      totalConnections: 2,
      peakConnections: 2,
      authenticatedConnections: 0,
      messagesSent: 0,
      messagesReceived: 0,
      channels: 0,
    });
  });
});
