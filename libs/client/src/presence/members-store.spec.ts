import { describe, expect, it, vi } from 'vitest';
import { ClientRig } from '../../../../test/support/client/client-rig.js';

const opened = async () => {
  const rig = new ClientRig();
  const store = rig.client.members('a');
  const names = () => store.getSnapshot().members.map(({ userId }) => userId);
  await rig.open();
  await rig.subscribed();
  return { rig, store, names };
};

const list = (rig: ClientRig, users: string[], truncated?: boolean): Promise<void> =>
  rig.respond({
    status: 'success',
    result: { members: users.map((user) => ({ user_id: user, connections: 1 })), truncated },
  });

describe('a store of members', () => {
  it('has the list of the server, and follows joins and leaves', async () => {
    const { rig, store, names } = await opened();
    expect(rig.socket.of('subscribe')[0]?.data.channels).toEqual([{ channel: 'a', join_leave: true }]);
    const changed = vi.fn<() => void>();
    const off = store.subscribe(changed);
    await list(rig, ['ann', 'bob']);
    rig.event('a', { user_id: 'cid', info: 1 }, { kind: 'join' });
    rig.event('a', { user_id: 'ann' }, { kind: 'leave' });
    expect(store.getSnapshot()).toMatchObject({ isLive: true, isTruncated: false });
    expect([names(), changed.mock.calls.length]).toEqual([['bob', 'cid'], 3]);
    off();
    rig.event('a', { user_id: 'bob' }, { kind: 'leave' });
    expect(changed).toHaveBeenCalledTimes(3);
  });

  it('applies to the list what happened while it was asked for', async () => {
    const { rig, names } = await opened();
    rig.event('a', { user_id: 'cid' }, { kind: 'join' });
    rig.event('a', { user_id: 'ann' }, { kind: 'leave' });
    await list(rig, ['ann', 'bob']);
    expect(names()).toEqual(['bob', 'cid']);
  });

  it('is a new frozen snapshot for each change, and the same one in between', async () => {
    const { rig, store } = await opened();
    await list(rig, ['ann']);
    const snapshot = store.getSnapshot();
    expect(store.getSnapshot()).toBe(snapshot);
    expect(Object.isFrozen(snapshot)).toBe(true);
    rig.event('a', { user_id: 'bob' }, { kind: 'join' });
    expect(store.getSnapshot()).not.toBe(snapshot);
    expect(snapshot.members).toHaveLength(1);
  });

  it('is not live while there is no connection, and is loaded anew', async () => {
    const { rig, store, names } = await opened();
    await list(rig, ['ann']);
    rig.socket.end(1006);
    expect([store.getSnapshot().isLive, names()]).toEqual([false, ['ann']]);
    await rig.clock.pass(30_000);
    await rig.open();
    await rig.subscribed();
    await list(rig, ['bob']);
    expect([store.getSnapshot().isLive, names()]).toEqual([true, ['bob']]);
  });

  it('is asked for again while it is truncated, since no joins and leaves come then', async () => {
    const { rig, store, names } = await opened();
    await list(rig, ['ann'], true);
    expect(store.getSnapshot().isTruncated).toBe(true);
    await rig.clock.pass(30_000);
    await list(rig, ['ann', 'bob']);
    expect([names(), store.getSnapshot().isTruncated]).toEqual([['ann', 'bob'], false]);
  });

  it('tells why the server could not say, and is asked for again', async () => {
    const { rig, names } = await opened();
    await rig.respond({ status: 'error', error: { code: 'INTERNAL_ERROR', message: '' } });
    await rig.clock.pass(3_000);
    await list(rig, ['ann']);
    expect(names()).toEqual(['ann']);
    expect(rig.errors).toMatchObject([{ code: 'INTERNAL_ERROR' }]);
  });

  it('leaves nothing behind when it is closed', async () => {
    const { rig, store } = await opened();
    store.close();
    await rig.clock.pass(1_000);
    expect(rig.socket.of('unsubscribe')).toHaveLength(1);
    rig.client.disconnect();
    expect(rig.clock.timers).toBe(0);
  });
});
