import { describe, expect, it, vi } from 'vitest';
import { REAP, SWEEP } from '../../libs/redis/src/scripts/presence.js';
import { RedisServer } from '../support/redis-server.js';
import { Member, eventually, publication } from './redis-member.js';

const patience = { timeout: 20_000, interval: 20 };

/** Resolves when a node has renewed its lease so many times from now on. */
async function renewals(redis: RedisServer, node: string, times: number): Promise<void> {
  const lease = async (): Promise<number> =>
    Number((await redis.send('ZSCORE', 'sk1:{sk}:nodes', node)).split('\r\n')[1]);
  for (let before = await lease(), renewed = 0; renewed < times; renewed += 1) {
    await vi.waitUntil(async () => (await lease()) > before, patience);
    before = await lease();
  }
}

describe('a node that comes back to Redis', () => {
  it('gets no event before it has read what was commanded meanwhile', async () => {
    const redis = await RedisServer.start();
    const [lost, other] = [await Member.join(redis, 'chat'), await Member.join(redis)];
    const order: string[] = [];
    lost.node.onDeliver = ({ dataJson }) => void order.push(dataJson);
    lost.node.onExecute = async () => order.push('revoke');
    lost.proxy.refuse();
    await eventually(() => !lost.isLive);
    const revoked = other.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: 'chat' });
    await vi.waitUntil(async () => (await redis.send('XLEN', 'sk1:{sk}:cmd')) === ':1\r\n', patience);
    const reading = lost.proxy.holdAt('}:cmd', 'requests');
    lost.proxy.accept();
    await reading;
    expect(await other.backplane.publish(publication('1'))).toMatchObject({ nodes: 0 });
    lost.proxy.release();
    await eventually(() => lost.isLive, 20_000);
    await other.backplane.publish(publication('2'));
    await revoked;
    await eventually(() => order.length === 2, 20_000);
    expect(order).toEqual(['revoke', '2']);
  });
});

describe('a member whose absence is over', () => {
  it('leaves and is said to have left in one step, though the node that found it hears nothing more', async () => {
    const redis = await RedisServer.start();
    const [sweeper, watcher] = [await Member.join(redis), await Member.join(redis, 'room')];
    const say = (connections: number) =>
      sweeper.backplane.present({
        channel: 'room',
        userId: 'ann',
        connections,
        infoJson: undefined,
        announcementJson: '{"user_id":"ann"}',
        leaveDelay: 1,
      });
    await say(1);
    void sweeper.proxy.holdAt(SWEEP.sha, 'replies');
    await say(0);
    await eventually(() => watcher.node.delivered.length === 2, 20_000);
    expect(watcher.node.delivered.map(({ kind }) => kind)).toEqual(['join', 'leave']);
    sweeper.proxy.release();
  });
});

describe('a node that is there', () => {
  it('renews its lease again and again', async () => {
    const redis = await RedisServer.start();
    const { node } = await Member.join(redis);
    await renewals(redis, node.id, 2);
    // One that has ended is begun anew, as another node may have counted off the members.
    expect(node.link).toEqual([]);
  });
});

describe('a node that is taken for dead, and is back before its members are counted off', () => {
  it.each([
    ['keeps them where another node has yet to look whether it is dead', ':reap:'],
    ['keeps them where another node has found it dead', REAP.sha],
  ])('%s', async (_name, step) => {
    const redis = await RedisServer.start();
    const [late, reaper] = [await Member.join(redis), await Member.join(redis)];
    const ann = { channel: 'room', userId: 'ann', connections: 1, infoJson: undefined, announcementJson: undefined };
    await late.backplane.present({ ...ann, leaveDelay: 60_000 });
    const endLease = () => redis.send('ZADD', 'sk1:{sk}:nodes', 'XX', '1', late.node.id);
    let isReaping = false;
    void reaper.proxy.holdAt(step, 'requests').then(() => (isReaping = true));
    await vi.waitUntil(async () => (await endLease()) && isReaping, patience);
    // Its next beat finds that the lease had ended.
    const told = late.node.link.length;
    await endLease();
    await eventually(() => late.node.link.length >= told + 2, 20_000);
    reaper.proxy.release();
    await renewals(redis, reaper.node.id, 2);
    expect(reaper.node.link).toEqual([]);
    const members = await reaper.backplane.members('room', 10);
    expect(members).toEqual([{ userId: 'ann', connections: 1, infoJson: undefined }]);
  });
});

describe('a publication', () => {
  it('has been delivered by the node itself when it resolves', async () => {
    const redis = await RedisServer.start();
    const { backplane, node } = await Member.join(redis, 'chat');
    for (let number = 1; number <= 20; number += 1) {
      expect(await backplane.publish(publication(`${number}`))).toMatchObject({ delivered: 1 });
      expect(node.delivered).toHaveLength(number);
    }
  });
});
