import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { MemoryBackplane } from './memory-backplane.js';
import { textBytes } from './memory-cost.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Makes a flat string: a slice would share the memory of a larger string. */
const textOf = (index: number, length: number): string =>
  Buffer.from(String(index).padStart(length, 'x')).toString('latin1');

const history = { size: 1000, ttl: 1_000_000 };

type Remember = (backplane: MemoryBackplane, index: number) => Promise<unknown>;

/** Measures once. The runner of the tests keeps things in the same heap, up to a megabyte at a time. */
async function saidOfUsed(remember: Remember): Promise<number> {
  const backplane = new MemoryBackplane(1e12);
  try {
    const before = heapUsed();
    for (let index = 0; index < 30_000; index += 1) await remember(backplane, index);
    const used = heapUsed() - before;
    return (backplane.bytes + backplane.keyBytes) / used;
  } finally {
    await backplane.detach();
  }
}

describe('textBytes', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['é\u0000ÿ', 3],
    ['ж', 2],
    [`${'x'.repeat(99)}ж`, 200],
    ['😀', 4],
  ])('returns %j as %i', (text, bytes) => {
    expect(textBytes(text)).toBe(bytes);
  });
});

describe('the estimated memory of a backplane', () => {
  it.each<[string, Remember]>([
    [
      'events, many in a channel',
      (backplane, index) => backplane.publish({ channel: `c${index % 100}`, dataJson: textOf(index, 100), history }),
    ],
    [
      'events, one in a channel',
      (backplane, index) => backplane.publish({ channel: `c${index}`, dataJson: textOf(index, 100), history }),
    ],
    [
      'events that were read',
      async (backplane, index) => {
        const channel = `c${index % 100}`;
        const { position } = await backplane.publish({ channel, dataJson: textOf(index, 100), history });
        await backplane.history(channel, { after: (position?.offset ?? 0) - 1, limit: 1 });
      },
    ],
    [
      'events of clients, each of another user',
      (backplane, index) => {
        const [dataJson, userId] = [textOf(index, 100), textOf(index, 12)];
        return backplane.publish({ channel: `c${index % 100}`, dataJson, userId, history });
      },
    ],
    [
      'events with metadata',
      (backplane, index) => {
        const [dataJson, metadataJson] = [textOf(index, 100), textOf(index, 40)];
        return backplane.publish({ channel: `c${index % 100}`, dataJson, metadataJson, history });
      },
    ],
    [
      'events with bytes',
      (backplane, index) => {
        const dataBinary = new Uint8Array(64).fill(index);
        return backplane.publish({ channel: `c${index % 100}`, dataJson: textOf(index, 100), dataBinary, history });
      },
    ],
    [
      'events that are kept from a user',
      (backplane, index) => {
        const [dataJson, except] = [textOf(index, 100), { userId: textOf(index, 12), connectionId: textOf(index, 36) }];
        return backplane.publish({ channel: `c${index % 100}`, dataJson, except, history });
      },
    ],
    [
      'events of a mirror, each of another source',
      (backplane, index) => {
        const mirror = { channel: `c${index % 100}`, history };
        return backplane.publish({ channel: textOf(index, 20), dataJson: textOf(index, 100), mirror });
      },
    ],
    ['positions', (backplane, index) => backplane.history(`channel-${index}`, { limit: 0 })],
    [
      'idempotency keys',
      (backplane, index) => backplane.publish({ channel: 'c', dataJson: '1', idempotencyKey: textOf(index, 36) }),
    ],
    [
      'idempotency keys with positions',
      (backplane, index) => {
        const idempotencyKey = textOf(index, 36);
        return backplane.publish({ channel: 'c', dataJson: '1', history: { size: 1, ttl: 1 }, idempotencyKey });
      },
    ],
    [
      'idempotency keys, each of another user',
      (backplane, index) => {
        const [idempotencyKey, userId] = [textOf(index, 36), textOf(index, 12)];
        return backplane.publish({ channel: 'c', dataJson: '1', idempotencyKey, userId });
      },
    ],
    [
      'acknowledged positions of one user',
      async (backplane, index) => {
        const channel = textOf(index % 9000, 36);
        const { top } = await backplane.history(channel, { limit: 0 });
        if (top.offset === 0) await backplane.publish({ channel, dataJson: '1', history });
        await backplane.acknowledge(channel, textOf(index % 9, 12), { ...top, offset: 1 });
      },
    ],
    [
      'acknowledged positions',
      async (backplane, index) => {
        if (index === 0) await backplane.publish({ channel: 'c', dataJson: '1', history });
        const { top } = await backplane.history('c', { limit: 0 });
        await backplane.acknowledge('c', textOf(index, 36), top);
      },
    ],
  ])('is the memory that it takes, or up to half as much more: %s', async (_kind, remember) => {
    const shares = [await saidOfUsed(remember), await saidOfUsed(remember), await saidOfUsed(remember)];
    const median = shares.toSorted((one, other) => one - other)[1];
    expect(median).toBeGreaterThan(0.95);
    expect(median).toBeLessThan(1.5);
  });
});
