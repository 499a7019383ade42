import { describe, expect, it, vi } from 'vitest';
import { SWEEP } from '../../libs/redis/src/scripts/presence.js';
import { RedisServer } from '../support/redis-server.js';
import { Member, eventually, publication } from './redis-member.js';

const patience = { timeout: 20_000, interval: 20 };

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
    const lease = async (): Promise<number> =>
      Number((await redis.send('ZSCORE', 'sk1:{sk}:nodes', node.id)).split('\r\n')[1]);
    for (let before = await lease(), renewed = 0; renewed < 2; renewed += 1) {
      await vi.waitUntil(async () => (await lease()) > before, patience);
      before = await lease();
    }
    // One that has ended is begun anew, as another node may have counted off the members.
    expect(node.link).toEqual([]);
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
