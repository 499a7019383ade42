import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { presenceUpdate } from '../../test/support/backplane/presence-update.js';
import { serviceRig } from '../../test/support/service-rig.js';
import type { SkreaverWsOptions } from '../config/index.js';

const rigWith = async (users: number, infoJson: string | undefined, options: SkreaverWsOptions = {}) => {
  const rig = serviceRig({ channels: { room: { presence: true } }, ...options });
  for (let user = 0; user < users; user += 1)
    await rig.backplane.present(presenceUpdate('room', `user-${user}`, 1, { infoJson }));
  return rig;
};

describe('a list of members', () => {
  it('has 1,000 members and no flag while there are no others', async () => {
    const { members } = await rigWith(1000, '"here"');
    const list = await members.members('room');
    expect(list.members).toHaveLength(1000);
    expect(list).not.toHaveProperty('truncated');
  });

  it('has at most 1,000 members, the earliest ones, and a flag that there are more', async () => {
    const { members } = await rigWith(1001, undefined);
    const { members: listed, truncated } = await members.members('room');
    expect([listed.length, listed.at(-1)?.userId, truncated]).toEqual([1000, 'user-999', true]);
    expect(await members.stats('room')).toEqual({ connections: 1001, users: 1001 });
  });

  it('has no more members than fit into one message to a client', async () => {
    const maxBufferedBytes = 65_536;
    const infoJson = JSON.stringify('ü'.repeat(400));
    const { members } = await rigWith(200, infoJson, { maxBufferedBytes, maxMessageSize: 1024 });
    const { members: listed, truncated } = await members.members('room');
    expect(truncated).toBe(true);
    const bytes = Buffer.byteLength(JSON.stringify(listed));
    expect(bytes).toBeLessThan(maxBufferedBytes);
    expect(bytes).toBeGreaterThan(maxBufferedBytes * 0.8);
  });

  it('is empty for a channel without members', async () => {
    const { members } = await rigWith(0, undefined);
    expect(await members.members('room')).toEqual({ members: [] });
    expect(await members.stats('room')).toEqual({ connections: 0, users: 0 });
  });
});
