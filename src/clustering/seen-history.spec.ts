import { describe, expect, it } from 'vitest';
import type { HistoryPage, HistoryQuery, StoredPublication } from '../backplane/index.js';
import { RecentEvents } from './recent-events.js';
import { SeenHistory } from './seen-history.js';

const EVENTS = 50;

const publicationOf = (channel: string, offset: number): StoredPublication => ({
  channel,
  dataJson: `${offset}`,
  timestamp: 0,
  position: { epoch: 'e', offset },
  kind: undefined,
});

/** An engine whose channels have 50 events each, and that answers when it is let. */
function rig() {
  const recent = new RecentEvents(1_000_000, () => 0);
  const held: (() => void)[] = [];
  let failure: Error | undefined;
  const seen = new SeenHistory(recent, async (channel: string, { after = 0 }: HistoryQuery): Promise<HistoryPage> => {
    await new Promise<void>((resolve) => held.push(resolve));
    if (failure !== undefined) throw failure;
    const offsets = Array.from({ length: EVENTS - after }, (_, index) => after + index + 1);
    const page = {
      publications: offsets.map((offset) => publicationOf(channel, offset)),
      top: { epoch: 'e', offset: EVENTS },
    };
    recent.fill(channel, page, () => 1000);
    return page;
  });
  const answerAll = (): void => {
    for (const answer of held.splice(0)) answer();
  };
  return { seen, held, answerAll, fail: (error: Error) => (failure = error) };
}

describe('the history that nodes have seen', () => {
  it('reads the engine once for all who wait for a channel, from the lowest offset', async () => {
    const { seen, held, answerAll } = rig();
    const first = seen.read('chat', { after: 40, limit: 100, seen: true });
    const others = [10, 30, 20].map((after) => seen.read('chat', { after, limit: 100, seen: true }));
    expect(held).toHaveLength(1);
    answerAll();
    expect((await first).publications).toHaveLength(10);
    await new Promise((resolve) => setImmediate(resolve));
    expect(held).toHaveLength(1);
    answerAll();
    expect((await Promise.all(others)).map(({ publications }) => publications.length)).toEqual([40, 20, 30]);
    const { publications } = await seen.read('chat', { after: 45, limit: 100, seen: true });
    expect(publications).toHaveLength(5);
    expect(held).toEqual([]);
  });

  it('reads 32 channels at a time', async () => {
    const { seen, held, answerAll } = rig();
    const reads = Array.from({ length: 100 }, (_, index) => seen.read(`c${index}`, { after: 0, limit: 1, seen: true }));
    const counts: number[] = [];
    while (held.length > 0) {
      counts.push(held.length);
      answerAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(counts).toEqual([32, 32, 32, 4]);
    expect((await Promise.all(reads)).every(({ publications }) => publications.length === 1)).toBe(true);
  });

  it('rejects all who wait when the engine fails, and reads again for who comes later', async () => {
    const { seen, answerAll, fail, held } = rig();
    const reads = [1, 2].map((after) => seen.read('chat', { after, limit: 1, seen: true }));
    fail(new Error('away'));
    answerAll();
    for (const read of reads) await expect(read).rejects.toThrow('away');
    void seen.read('chat', { after: 1, limit: 1, seen: true }).catch(() => undefined);
    expect(held).toHaveLength(1);
  });
});
