import { describe, expect, it, vi } from 'vitest';
import { LatchedBackplane } from '../../../test/support/latched-backplane.js';
import { OpeningBatches } from './opening-batches.js';

const rig = () => {
  const backplane = new LatchedBackplane();
  return { backplane, batches: new OpeningBatches(backplane) };
};

describe('OpeningBatches', () => {
  it('opens a channel at once', async () => {
    const { backplane, batches } = rig();
    expect(await batches.open('chat', false)).toBeUndefined();
    expect(backplane.opened).toEqual(['chat']);
  });

  it('finds the position of a channel that has one', async () => {
    const { batches } = rig();
    expect(await batches.open('chat', true)).toEqual({ epoch: expect.any(String), offset: 0 });
  });

  it('gathers what comes while a call is under way into the next call', async () => {
    const { backplane, batches } = rig();
    const open = vi.spyOn(backplane, 'open');
    backplane.opening.close();
    const first = ['a', 'b'].map((channel) => batches.open(channel, true));
    await backplane.opening.reached();
    const next = ['c', 'd', 'e'].map((channel) => batches.open(channel, true));
    backplane.opening.open();
    expect(await Promise.all([...first, ...next])).toHaveLength(5);
    expect(open.mock.calls.map(([channels]) => channels.length)).toEqual([2, 3]);
  });

  it('rejects for the channels that failed alone', async () => {
    const { backplane, batches } = rig();
    backplane.opening.close();
    backplane.broken.add('b');
    const opened = ['a', 'b', 'c'].map((channel) => batches.open(channel, true));
    backplane.opening.open();
    const outcomes = await Promise.allSettled(opened);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('rejects for those whose position cannot be read, and goes on', async () => {
    const { backplane, batches } = rig();
    vi.spyOn(backplane, 'positions').mockRejectedValueOnce(new Error('away'));
    const [kept, plain] = [batches.open('kept', true), batches.open('plain', false)];
    await expect(kept).rejects.toThrow('away');
    expect(await plain).toBeUndefined();
    expect(await batches.open('kept', true)).toMatchObject({ offset: 0 });
  });

  it('rejects for those alone whose position cannot be read while others can', async () => {
    const { backplane, batches } = rig();
    const positions = backplane.positions.bind(backplane);
    vi.spyOn(backplane, 'positions').mockImplementation(async (seen) => {
      const there = new Map([...seen].filter(([channel]) => channel !== 'away'));
      if (there.size === 0) throw new Error('away');
      return positions(there);
    });
    const opened = ['here', 'away', 'there'].map((channel) => batches.open(channel, true));
    const outcomes = await Promise.allSettled(opened);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(opened[1]).rejects.toThrow('away');
  });

  it('rejects where a backplane tells no position at all', async () => {
    const { backplane, batches } = rig();
    vi.spyOn(backplane, 'positions').mockResolvedValueOnce(new Map());
    await expect(batches.open('kept', true)).rejects.toThrow('no position');
  });

  it('rejects for all when a backplane breaks its promise never to reject, and goes on', async () => {
    const { backplane, batches } = rig();
    vi.spyOn(backplane, 'open').mockRejectedValueOnce(new Error('broken'));
    await expect(batches.open('a', false)).rejects.toThrow('broken');
    expect(await batches.open('a', false)).toBeUndefined();
  });
});
