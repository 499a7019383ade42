import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';

describe('a connection of a client', () => {
  it('keeps the data that the application gives it, and shares it with no other', () => {
    const { connect } = serviceRig();
    const [{ connection: one }, { connection: other }] = [connect('alice'), connect('alice')];
    Object.assign(one.data, { tenant: 'acme' });
    expect([one.data, other.data]).toEqual([{ tenant: 'acme' }, {}]);
  });

  it('tells the channels that it is subscribed to as they are now, and none after its end', async () => {
    const { connect, subscriptions } = serviceRig();
    const { connection, socket } = connect('alice');
    expect(connection.subscriptions).toEqual([]);
    await subscriptions.subscribe(connection.id, ['a', 'b']);
    void subscriptions.unsubscribe(connection.id, ['a']);
    expect(connection.subscriptions).toEqual(['b']);
    socket.close(1000);
    expect(connection.subscriptions).toEqual([]);
  });
});
