import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { tcpPair } from '../../../test/support/socket-pair.js';
import { type FlushReport, Flusher } from './flusher.js';
import { Frame } from './frame.js';
import type { Outbox } from './outbox.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const owner = { onOverflow: () => {} };
const reportTo = (written: number[]): FlushReport => ({
  messagesSent: (count) => written.push(count),
  slowConsumer: () => {},
});
const limits = { frames: 1000, bytes: 1_048_576 };
const flusherTo = (written: number[] = [], bounds = limits): Flusher => new Flusher(reportTo(written), bounds);

/** Reads until `length` bytes have arrived. */
async function receive(socket: Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < length) {
    const chunk = (socket.read() as Buffer | null) ?? undefined;
    if (chunk === undefined) await once(socket, 'readable');
    else {
      chunks.push(chunk);
      size += chunk.length;
    }
  }
  return Buffer.concat(chunks);
}

const frames = (count: number, from = 0): Frame[] =>
  Array.from({ length: count }, (_, index) => Frame.text(`event ${from + index}`));
const bytesOf = (list: readonly Frame[]): Buffer => Buffer.concat(list.map(({ bytes }) => bytes));

describe('the flusher over real sockets', () => {
  it('writes the frames of one turn with one write, in order', async () => {
    const { near, far } = await tcpPair();
    const write = vi.spyOn(near, 'write');
    const written: number[] = [];
    const flusher = flusherTo(written);
    const outbox = flusher.createOutbox(owner, near, 0);
    const list = frames(20);
    for (const frame of list) flusher.push(outbox, frame);
    expect(write).not.toHaveBeenCalled();
    await turn();
    expect(write).toHaveBeenCalledTimes(1);
    expect(written).toEqual([20]);
    expect(await receive(far, bytesOf(list).length)).toEqual(bytesOf(list));
  });

  it('writes the same buffer to all sockets with the same frames', async () => {
    const pairs = [await tcpPair(), await tcpPair(), await tcpPair()];
    const writes = pairs.map(({ near }) => vi.spyOn(near, 'write'));
    const flusher = flusherTo();
    const outboxes = pairs.map(({ near }) => flusher.createOutbox(owner, near, 0));
    for (const frame of frames(3)) for (const outbox of outboxes) flusher.push(outbox, frame);
    await turn();
    const [first, second, third] = writes.map((write) => write.mock.calls[0]?.[0]);
    expect(first).toBeInstanceOf(Buffer);
    expect(second).toBe(first);
    expect(third).toBe(first);
  });

  it('passes a burst of several times the bound within one turn to a peer that reads', async () => {
    const { near, far } = await tcpPair();
    const written: number[] = [];
    const flusher = flusherTo(written, { frames: 100, bytes: 1_048_576 });
    const outbox = flusher.createOutbox(owner, near, 0);
    const list = Array.from({ length: 1000 }, (_, index) => Frame.text(`${index} ${'x'.repeat(250)}`));
    const verdicts = new Set(list.map((frame) => flusher.push(outbox, frame)));
    expect(verdicts).toEqual(new Set([true]));
    expect(await receive(far, bytesOf(list).length)).toEqual(bytesOf(list));
    expect(written.reduce((sum, count) => sum + count, 0)).toBe(1000);
  });

  it('overflows within the bound in bytes for a peer that does not read', async () => {
    const { near, far } = await tcpPair();
    far.pause();
    const flusher = flusherTo([], { frames: 100_000, bytes: 1_048_576 });
    const outbox = flusher.createOutbox(owner, near, 0);
    const frame = Frame.text('x'.repeat(16_000));
    let taken = flusher.push(outbox, frame);
    for (let count = 0; taken && count < 5000; count += 1) {
      taken = flusher.push(outbox, frame);
      if (count % 10 === 0) await turn();
    }
    expect(taken).toBe(false);
    expect(near.writableLength).toBeLessThanOrEqual(1_048_576);
  });

  it('resumes in order when the peer reads again', async () => {
    const { near, far } = await tcpPair();
    const flusher = flusherTo([], { frames: 100_000, bytes: 64 * 1_048_576 });
    const outbox = flusher.createOutbox(owner, near, 0);
    const list = Array.from({ length: 800 }, (_, index) => Frame.text(`${index} ${'x'.repeat(16_000)}`));
    for (const [index, frame] of list.entries()) {
      expect(flusher.push(outbox, frame)).toBe(true);
      if (index % 50 === 0) await turn();
    }
    expect(near.writableLength).toBeGreaterThan(0);
    expect((await receive(far, bytesOf(list).length)).equals(bytesOf(list))).toBe(true);
  });
});

/** Makes fake outboxes. A flush calls `cost`, which advances the clock of the test. */
function fakeOutboxes(count: number, cost: () => void, order: number[]): Outbox[] {
  return Array.from({ length: count }, (_, id) => {
    const outbox = {
      seen: 0,
      isReady: true,
      enqueue: () => 'queued',
      flush: () => {
        cost();
        order.push(id);
        return 1;
      },
    };
    return outbox as unknown as Outbox;
  });
}

describe('the flusher over ten thousand outboxes', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('yields to the event loop after about 5 ms, and keeps the order across slices', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const order: number[] = [];
    const slices: number[] = [];
    const flusher = flusherTo(slices);
    for (const outbox of fakeOutboxes(10_000, () => (now += 0.01), order)) flusher.push(outbox, Frame.ping);
    for (let turns = 0; order.length < 10_000; turns += 1) {
      expect(turns).toBeLessThan(50);
      await turn();
    }
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
    // A flush takes 0.01 ms, so a slice of 5 ms has 500 of them. The clock is read after every 32.
    expect(Math.max(...slices)).toBeLessThanOrEqual(544);
    expect(slices.length).toBeGreaterThanOrEqual(18);
    expect(slices.reduce((sum, count) => sum + count, 0)).toBe(10_000);
  });

  it('writes one slice per event-loop turn', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const order: number[] = [];
    const flusher = flusherTo();
    for (const outbox of fakeOutboxes(2000, () => (now += 0.1), order)) flusher.push(outbox, Frame.ping);
    await turn();
    expect(order).toHaveLength(64);
    await turn();
    expect(order).toHaveLength(128);
  });

  it('writes leftover frames before those that came meanwhile', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const order: number[] = [];
    const flusher = flusherTo();
    const outboxes = fakeOutboxes(200, () => (now += 0.5), order);
    for (const outbox of outboxes.slice(0, 150)) flusher.push(outbox, Frame.ping);
    await turn();
    expect(order.length).toBeLessThan(150);
    for (const outbox of outboxes.slice(150)) flusher.push(outbox, Frame.ping);
    while (order.length < 200) await turn();
    expect(order).toEqual(Array.from({ length: 200 }, (_, id) => id));
  });

  it('flushes an outbox once that was scheduled twice, and again when scheduled later', async () => {
    const order: number[] = [];
    const flusher = flusherTo();
    const [outbox] = fakeOutboxes(1, () => {}, order) as [Outbox];
    flusher.push(outbox, Frame.ping);
    flusher.push(outbox, Frame.ping);
    await turn();
    expect(order).toEqual([0]);
    flusher.push(outbox, Frame.ping);
    await turn();
    expect(order).toEqual([0, 0]);
  });
});
