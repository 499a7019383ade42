import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { presenceUpdate } from '../../test/support/backplane/presence-update.js';
import { stubNode } from '../../test/support/backplane/stub-node.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import type { Publication } from './backplane.js';
import { MemoryBackplane } from './memory-backplane.js';

const history = { size: 100, ttl: 60_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function rig(maxBytes = 1_000_000) {
  const clock = new ManualClock();
  const backplane = new MemoryBackplane(maxBytes, clock);
  const delivered: Publication[] = [];
  const node = stubNode({ deliver: (publication) => delivered.push(publication), execute: () => ({ affected: 1 }) });
  onTestFinished(() => backplane.detach());
  return { backplane, clock, node, delivered };
}

describe('MemoryBackplane', () => {
  it.each([undefined, history])('delivers before publish returns (history %j)', async (kept) => {
    const { backplane, node, delivered } = rig();
    await backplane.start(node);
    await backplane.open(['chat']);
    const receipt = backplane.publish({ channel: 'chat', dataJson: '1', history: kept });
    expect(delivered).toHaveLength(1);
    await expect(receipt).resolves.toMatchObject({ delivered: 1 });
  });

  it('tells how long a channel keeps its events, as its last publication said', async () => {
    const { backplane } = rig();
    expect(backplane.historyTtl('chat')).toBe(0);
    await backplane.publish({ channel: 'chat', dataJson: '1', history });
    await backplane.publish({ channel: 'chat', dataJson: '2', history: { ...history, ttl: 5000 } });
    expect(backplane.historyTtl('chat')).toBe(5000);
  });

  it('executes a command before dispatch returns', async () => {
    const { backplane, node } = rig();
    const execute = vi.spyOn(node, 'execute');
    await backplane.start(node);
    const told = backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: undefined });
    expect(execute).toHaveBeenCalledOnce();
    expect(await told).toEqual({ affected: 1, unconfirmed: 0, replies: [] });
  });

  it('delivers nothing and affects nobody without a node', async () => {
    const { backplane } = rig();
    await backplane.open(['chat']);
    expect(await backplane.publish({ channel: 'chat', dataJson: '1', history })).toMatchObject({ delivered: 0 });
    const outcome = await backplane.dispatch({ kind: 'disconnect', userId: 'ann', code: 4505 });
    expect(outcome).toEqual({ affected: 0, unconfirmed: 0, replies: [] });
    expect((await backplane.history('chat', { limit: 1 })).publications).toHaveLength(1);
  });

  it('stamps an event with the wall clock', async () => {
    const { backplane, clock, node, delivered } = rig();
    await backplane.start(node);
    await backplane.open(['chat']);
    await backplane.publish({ channel: 'chat', dataJson: '1', history });
    clock.advance(5);
    await backplane.publish({ channel: 'chat', dataJson: '2' });
    expect(delivered.map(({ timestamp }) => timestamp)).toEqual([clock.now() - 5, clock.now()]);
  });

  it('rejects with the error of a node, after the event and the key are kept', async () => {
    const { backplane, node } = rig();
    const broken = new Error('the node is broken');
    vi.spyOn(node, 'deliver').mockImplementationOnce(() => {
      throw broken;
    });
    await backplane.start(node);
    await backplane.open(['chat']);
    const publish = () => backplane.publish({ channel: 'chat', dataJson: '1', history, idempotencyKey: 'k' });
    await expect(publish()).rejects.toBe(broken);
    expect(await publish()).toMatchObject({ duplicate: true, position: { offset: 1 } });
  });

  it('survives a node that throws at a leave that nobody waits for', async () => {
    const { backplane, clock, node } = rig();
    const told: Publication[] = [];
    vi.spyOn(node, 'deliver').mockImplementation((publication) => {
      told.push(publication);
      throw new Error('the node is broken');
    });
    await backplane.start(node);
    await backplane.open(['chat']);
    for (const user of ['ann', 'bob']) {
      await backplane.present(presenceUpdate('chat', user, 1, { announcementJson: '1', isQuiet: true }));
      await backplane.present(presenceUpdate('chat', user, 0, { leaveDelay: 100 }));
    }
    clock.advance(100);
    vi.advanceTimersByTime(250);
    await Promise.resolve();
    expect(told.map(({ kind }) => kind)).toEqual(['leave', 'leave']);
  });

  it('rejects a second node', async () => {
    const { backplane, node } = rig();
    await backplane.start(node);
    await expect(backplane.start(node)).rejects.toThrow('A node has joined this backplane already.');
  });

  it('keeps nothing once detached, and has no timer', async () => {
    const { backplane, node } = rig();
    await backplane.start(node);
    expect(vi.getTimerCount()).toBe(1);
    await backplane.open(['chat']);
    await backplane.publish({ channel: 'chat', dataJson: '1', history, idempotencyKey: 'k' });
    const { top } = await backplane.history('chat', { limit: 0 });
    await backplane.acknowledge('chat', 'ann', top);
    await backplane.present(presenceUpdate('chat', 'ann', 1));
    expect([backplane.bytes > 0, backplane.keyBytes > 0]).toEqual([true, true]);
    await backplane.detach();
    expect([backplane.bytes, backplane.keyBytes]).toEqual([0, 0]);
    expect(vi.getTimerCount()).toBe(0);
    expect(await backplane.members('chat', 10)).toEqual([]);
  });

  it('keeps no process alive', async () => {
    const timers = vi.spyOn(globalThis, 'setInterval');
    const { backplane, node } = rig();
    await backplane.start(node);
    expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
  });

  it('frees expired events and keys without being used', async () => {
    const { backplane, clock, node } = rig();
    await backplane.start(node);
    await backplane.history('chat', { limit: 0 });
    const { bytes } = backplane;
    const dataJson = 'x'.repeat(10_000);
    await backplane.publish({ channel: 'chat', dataJson, history, idempotencyKey: 'k' });
    clock.advance(5 * 60_000);
    expect(backplane.bytes).toBeGreaterThan(bytes + 10_000);
    expect(backplane.keyBytes).toBeGreaterThan(0);
    vi.advanceTimersByTime(1000);
    expect([backplane.bytes, backplane.keyBytes]).toEqual([bytes, 0]);
  });

  it('stays within its memory bound, whatever is published, acknowledged and read', async () => {
    const { backplane } = rig(100_000);
    for (let index = 0; index < 2000; index += 1) {
      const channel = `channel-${index % 300}`;
      await backplane.publish({ channel, dataJson: 'x'.repeat(index), history, idempotencyKey: `key-${index}` });
      const { top } = await backplane.history(channel, { limit: 0 });
      await backplane.acknowledge(channel, `user-${index}`, top);
      expect(backplane.bytes).toBeLessThanOrEqual(100_000);
    }
  });

  it('keeps events, keys and the newest acknowledgements during a flood of others', async () => {
    const { backplane } = rig(100_000);
    await backplane.publish({ channel: 'chat', dataJson: '1', history });
    const { top } = await backplane.history('chat', { limit: 0 });
    for (let index = 0; index < 2000; index += 1) {
      await backplane.publish({ channel: 'other', dataJson: '1', idempotencyKey: `key-${index}` });
      await backplane.acknowledge('chat', `user-${index}`, top);
      await backplane.history(`unused-${index}`, { limit: 0 });
    }
    expect((await backplane.history('chat', { limit: 10 })).publications).toHaveLength(1);
    expect(await backplane.acknowledged('chat', 'user-1999')).toEqual(top);
    expect(await backplane.acknowledged('chat', 'user-0')).toBeUndefined();
    const again = (key: string) => backplane.publish({ channel: 'other', dataJson: '1', idempotencyKey: key });
    expect(await again('key-1999')).toHaveProperty('duplicate', true);
    expect(await again('key-0')).toHaveProperty('duplicate', true);
  });

  it('keeps the acknowledgements of a user while others acknowledge without end, and the positions they begin with', async () => {
    const { backplane } = rig(200_000);
    const channels = Array.from({ length: 300 }, (_, index) => `channel-${index}`);
    const epochs = new Map<string, string>();
    for (const channel of channels) {
      const { position } = await backplane.publish({ channel, dataJson: '1', history: { size: 1, ttl: 1 } });
      epochs.set(channel, position?.epoch ?? '');
    }
    const at = (channel: string, offset: number) => ({ epoch: epochs.get(channel) ?? '', offset });
    const [own, start] = ['channel-0', 'channel-1'];
    await backplane.acknowledge(own, 'ann', at(own, 1));
    await backplane.acknowledge(start, 'ann', at(start, 0));
    for (let user = 0; user < 9; user += 1) {
      for (const channel of channels) {
        for (const offset of [0, 1]) await backplane.acknowledge(channel, `user-${user}`, at(channel, offset));
      }
    }
    expect(await backplane.acknowledged(own, 'ann')).toEqual(at(own, 1));
    expect(await backplane.acknowledged(start, 'ann')).toEqual(at(start, 0));
    expect(await backplane.acknowledged('channel-299', 'user-8')).toBeDefined();
    expect(await backplane.acknowledged('channel-0', 'user-0')).toBeUndefined();
  });

  it('keeps the keys of the application and of a client with few while a client floods, and counts the evicted', async () => {
    const lost: string[] = [];
    const backplane = new MemoryBackplane(1_000_000, new ManualClock(), {
      maxKeys: 100,
      forgotten: (owner) => lost.push(owner),
    });
    const publish = (userId: string | undefined, key: number) =>
      backplane.publish({ channel: 'chat', dataJson: '1', idempotencyKey: `${key}`, userId });
    for (let key = 0; key < 100; key += 1) await publish(undefined, key);
    await publish('bob', 0);
    for (let key = 0; key < 1000; key += 1) await publish('ann', key);
    expect(lost).toEqual(Array.from({ length: 901 }, () => 'client'));
    expect(await publish(undefined, 0)).toHaveProperty('duplicate', true);
    expect(await publish('bob', 0)).toHaveProperty('duplicate', true);
    expect(await publish('ann', 999)).toHaveProperty('duplicate', true);
    expect(await publish('ann', 0)).not.toHaveProperty('duplicate');
    await publish(undefined, 100);
    expect(lost.filter((owner) => owner === 'application')).toHaveLength(1);
  });

  it('keeps the position of a channel with subscribers during a flood', async () => {
    const { backplane } = rig(100_000);
    await backplane.open(['chat']);
    const { position } = await backplane.publish({ channel: 'chat', dataJson: '1', history });
    for (let index = 0; index < 2000; index += 1) {
      await backplane.publish({ channel: `other-${index}`, dataJson: 'x'.repeat(1000), history });
    }
    expect((await backplane.history('chat', { limit: 10 })).top).toEqual(position);
    expect((await backplane.publish({ channel: 'chat', dataJson: '2', history })).position?.offset).toBe(2);
  });

  it('may evict a channel again when its last subscriber has gone', async () => {
    const { backplane } = rig(100_000);
    await backplane.open(['chat']);
    const { top } = await backplane.history('chat', { limit: 0 });
    await backplane.close('chat');
    for (let index = 0; index < 200; index += 1) await backplane.history(`other-${index}`, { limit: 0 });
    expect((await backplane.history('chat', { limit: 0 })).top.epoch).not.toBe(top.epoch);
  });

  it('gives a position to an event that exceeds its memory bound', async () => {
    const { backplane, node, delivered } = rig(5000);
    await backplane.start(node);
    await backplane.open(['chat']);
    const { position } = await backplane.publish({ channel: 'chat', dataJson: 'x'.repeat(10_000), history });
    expect(position?.offset).toBe(1);
    expect(delivered).toHaveLength(1);
    expect(await backplane.history('chat', { limit: 10 })).toEqual({ publications: [], top: position });
  });
});
