import { describe, expect, it } from 'vitest';
import { MemoryBackplane } from '../../backplane/index.js';
import { HistoryTexts } from './history-texts.js';

const LIMITS = { size: 100, ttl: 60_000 };

const kept = async (texts: readonly string[]) => {
  const backplane = new MemoryBackplane(1_000_000);
  const publish = (dataJson: string) => backplane.publish({ channel: 'kept', dataJson, history: LIMITS });
  for (const text of texts) await publish(text);
  return { publish, page: (limit = 100, reverse = false) => backplane.history('kept', { limit, reverse }) };
};

describe('pages of history', () => {
  it('contain the events as they were published', async () => {
    const { page } = await kept(['{ "id":9007199254740993 }', '1.0']);
    const { text } = new HistoryTexts(100_000).of('kept', await page());
    expect(text).toMatch(/^\{"events":\[\{"data":\{ "id":9007199254740993 \},"metadata":.*\{"data":1\.0,"metadata":/);
    expect(JSON.parse(text)).toMatchObject({
      events: [{ metadata: { offset: 1 } }, { metadata: { offset: 2 } }],
      offset: 2,
    });
  });

  it('are encoded once for equal reads, and anew after a publication', async () => {
    const { page, publish } = await kept(['1', '2']);
    const texts = new HistoryTexts(100_000);
    const first = texts.of('kept', await page());
    expect(texts.of('kept', await page())).toBe(first);
    expect(texts.of('kept', await page(100, true))).not.toBe(first);
    expect(texts.of('kept', await page(1))).not.toBe(first);
    await publish('3');
    expect(texts.of('kept', await page())).not.toBe(first);
  });

  it('are cached for the last four reads only', async () => {
    const { page } = await kept(['1', '2', '3', '4', '5']);
    const texts = new HistoryTexts(100_000);
    const first = texts.of('kept', await page(1));
    for (const limit of [2, 3, 4]) texts.of('kept', await page(limit));
    expect(texts.of('kept', await page(1))).toBe(first);
    texts.of('kept', await page(5));
    expect(texts.of('kept', await page(1))).not.toBe(first);
  });
});
