import { expect, it } from 'vitest';
import { type Clock, createClient } from '../../libs/client/src/index.js';
import { settled } from '../support/client/fake-clock.js';
import { FakeSocket } from '../support/client/fake-socket.js';

const CLIENTS = 10_000;
const ACCEPTS_PER_SECOND = 1_500;
const SLOT_MS = 100;

/** Time for very many timers: by the millisecond. */
class VirtualTime implements Clock {
  private readonly due = new Map<number, Map<number, () => void>>();
  private time = 0;
  private count = 0;

  now(): number {
    return this.time;
  }

  setTimeout(run: () => void, ms: number): unknown {
    const at = Math.ceil(this.time + Math.max(0, ms));
    const timers = this.due.get(at) ?? new Map<number, () => void>();
    this.due.set(at, timers.set((this.count += 1), run));
    return [at, this.count];
  }

  clearTimeout(timer: unknown): void {
    const [at, id] = timer as [number, number];
    this.due.get(at)?.delete(id);
  }

  async step(): Promise<void> {
    const timers = this.due.get(this.time);
    for (const run of timers?.values() ?? []) run();
    this.due.delete(this.time);
    if (timers?.size) await settled();
    this.time += 1;
  }
}

/** The same dice in every run. */
const dice = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

it('10,000 clients that are cut at once come back spread over time, and are back within 25 s at 1,500 accepts a second', async () => {
  const clock = new VirtualTime();
  const open = new Set<FakeSocket>();
  const attempts: number[] = [];
  let isCut = false;
  let budget = Infinity;
  const accept = (socket: FakeSocket): void => {
    if (isCut) attempts[Math.floor(clock.now() / SLOT_MS)] = (attempts[Math.floor(clock.now() / SLOT_MS)] ?? 0) + 1;
    budget -= 1;
    if (budget < 0) socket.end(1006);
    else {
      open.add(socket);
      socket.open();
    }
  };
  const random = dice(7);
  const clients = Array.from({ length: CLIENTS }, () =>
    createClient({
      url: 'ws://server/ws',
      clock,
      random,
      environment: null,
      openSocket(url) {
        const socket = new FakeSocket(url);
        clock.setTimeout(() => accept(socket), 1);
        return socket;
      },
    }),
  );
  for (const client of clients) client.connect();
  await settled();
  while (clock.now() < 11_000) await clock.step();
  expect(open.size).toBe(CLIENTS);

  isCut = true;
  const cutAt = clock.now();
  const sockets = [...open];
  open.clear();
  for (const socket of sockets) socket.end(1006);
  while (open.size < CLIENTS && clock.now() < cutAt + 60_000) {
    if (clock.now() % SLOT_MS === 0) budget = (ACCEPTS_PER_SECOND * SLOT_MS) / 1_000;
    await clock.step();
  }
  const peak = Math.max(...attempts.filter((count) => count > 0));
  const seconds = (clock.now() - cutAt) / 1_000;
  console.info(`the herd: at most ${peak} attempts in ${SLOT_MS} ms, all back after ${seconds} s`);
  expect(peak).toBeLessThanOrEqual(1_000);
  expect(seconds).toBeLessThanOrEqual(25);
  for (const client of clients) client[Symbol.dispose]();
});
