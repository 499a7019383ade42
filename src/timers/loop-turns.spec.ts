import { describe, expect, it } from 'vitest';
import { LoopCounter } from '../../test/support/loop-counter.js';
import { LoopTurns } from './loop-turns.js';

describe('LoopTurns', () => {
  it('gives each event-loop turn to one caller, in the order of the requests', async () => {
    const turns = new LoopTurns();
    const counter = new LoopCounter();
    const got: [string, number][] = [];
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        await turns.next();
        got.push([name, counter.turn]);
      }),
    );
    counter.stop();
    expect(got.map(([name]) => name)).toEqual(['a', 'b', 'c']);
    expect(new Set(got.map(([, at]) => at)).size).toBe(3);
  });
});
