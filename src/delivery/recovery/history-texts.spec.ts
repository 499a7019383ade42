import { packValue } from '@skreaver/protocol/msgpack';
import { describe, expect, it } from 'vitest';
import { type Exclusion, MemoryBackplane } from '../../backplane/index.js';
import type { ClientConnection } from '../../connection/index.js';
import { HistoryTexts } from './history-texts.js';

const reader = (id: string, userId: string) => ({ id, userId }) as ClientConnection;
const [ann, bob] = [reader('c1', 'ann'), reader('c2', 'bob')];
const LIMITS = { size: 100, ttl: 60_000 };

const kept = async (texts: readonly string[]) => {
  const backplane = new MemoryBackplane(1_000_000);
  const publish = (dataJson: string, except?: Exclusion, dataBinary?: Uint8Array) =>
    backplane.publish({ channel: 'kept', dataJson, dataBinary, history: LIMITS, except });
  for (const text of texts) await publish(text);
  return { publish, page: (limit = 100, reverse = false) => backplane.history('kept', { limit, reverse }) };
};

describe('pages of history', () => {
  it('contain the events as they were published', async () => {
    const { page } = await kept(['{ "id":9007199254740993 }', '1.0']);
    const { text } = new HistoryTexts(100_000).of('kept', await page(), ann);
    expect(text).toMatch(/^\{"events":\[\{"data":\{ "id":9007199254740993 \},"metadata":.*\{"data":1\.0,"metadata":/);
    expect(JSON.parse(text)).toMatchObject({
      events: [{ metadata: { offset: 1 } }, { metadata: { offset: 2 } }],
      offset: 2,
    });
  });

  it('are encoded once for equal reads, and anew after a publication', async () => {
    const { page, publish } = await kept(['1', '2']);
    const texts = new HistoryTexts(100_000);
    const first = texts.of('kept', await page(), ann);
    expect(texts.of('kept', await page(), ann)).toBe(first);
    expect(texts.of('kept', await page(100, true), ann)).not.toBe(first);
    expect(texts.of('kept', await page(1), ann)).not.toBe(first);
    await publish('3');
    expect(texts.of('kept', await page(), ann)).not.toBe(first);
  });

  it('are cached for the last four reads only', async () => {
    const { page } = await kept(['1', '2', '3', '4', '5']);
    const texts = new HistoryTexts(100_000);
    const first = texts.of('kept', await page(1), ann);
    for (const limit of [2, 3, 4]) texts.of('kept', await page(limit), ann);
    expect(texts.of('kept', await page(1), ann)).toBe(first);
    texts.of('kept', await page(5), ann);
    expect(texts.of('kept', await page(1), ann)).not.toBe(first);
  });

  it('have a placeholder for the reader that is excluded in MessagePack too', async () => {
    const { publish, page } = await kept(['1']);
    await publish('"c2VjcmV0"', { userId: 'bob' }, packValue(Buffer.from('secret')));
    await publish('"AQ=="', undefined, packValue(Buffer.from([1])));
    const texts = new HistoryTexts(100_000);
    const packedFor = async (each: ClientConnection) =>
      Buffer.from((texts.of('kept', await page(), each).packed?.() as Uint8Array) ?? []).toString('latin1');
    expect(await packedFor(ann)).toContain('secret');
    expect(await packedFor(bob)).not.toContain('secret');
    expect(await packedFor(bob)).toContain('skipped');
  });

  it.each<Exclusion>([{ userId: 'bob' }, { connectionId: 'c2' }])(
    'have a placeholder for the reader that is excluded (%j), which no other reader is given',
    async (except) => {
      const { page, publish } = await kept(['1']);
      await publish('"secret"', except);
      for (const order of [
        [ann, bob],
        [bob, ann],
      ]) {
        const texts = new HistoryTexts(100_000);
        for (const each of order) {
          const { text } = texts.of('kept', await page(), each);
          const [, last] = (JSON.parse(text) as { events: { data: unknown; metadata: object }[] }).events;
          expect(last?.data).toBe(each === bob ? null : 'secret');
          expect(last?.metadata).toMatchObject({ offset: 2, ...(each === bob && { kind: 'skipped' }) });
          expect(text.includes('secret')).toBe(each !== bob);
        }
      }
    },
  );
});
