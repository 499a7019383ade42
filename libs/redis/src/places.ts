import { setTimeout as delay } from 'node:timers/promises';
import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import type { Layout } from './cluster/layout.js';
import { SlotMovedError, UnfitRedisError } from './link/link-errors.js';
import type { RedisPart } from './redis-part.js';

const SLOT_MS = 100;

/** Says which Redis has which partitions. */
export interface Places {
  readonly parts: readonly RedisPart[];
  /** The part that commands go through. */
  readonly home: RedisPart;
  /** What is wrong beside the links that have fallen, in one sentence. */
  readonly fault: string | undefined;
  of(partition: number): RedisPart;
  /** @throws Error with a sentence for an operator */
  start(withinMs: number): Promise<void>;
  /** Does what may meet a partition that has just moved: then once more where it is now, for some seconds. */
  retrying<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

/** Says of which of several Redis a sentence is. */
export const withPlace = (what: string, index: number, count: number, sentence: string): string =>
  count === 1 ? sentence : `${what} ${index + 1} of ${count}: ${sentence}`;

/** Has parts that are connected agree on their layout, which is one for all where there is one, and take part. */
export async function joinAll(parts: readonly RedisPart[], layout: Layout, until: number): Promise<void> {
  for (;;) {
    try {
      const layouts = await layout.agree();
      await Promise.all(parts.map((part, index) => part.join(layouts[index] ?? layouts[0] ?? '')));
      return;
    } catch (error) {
      // A link has fallen meanwhile, or a slot has moved.
      const isOver = error instanceof UnfitRedisError || performance.now() >= until;
      if (isOver || !(error instanceof BackplaneUnavailableError)) throw error;
      if (error instanceof SlotMovedError) await delay(SLOT_MS);
      await Promise.all(parts.map(({ link }) => link.whenLive(until - performance.now())));
    }
  }
}
