import { describe, expect, it } from 'vitest';
import { LoopTurns } from './loop-turns.js';

describe('LoopTurns', () => {
  it('gives each turn of the loop to one, in the order of asking', async () => {
    const turns = new LoopTurns();
    let turn = 0;
    let stopped = false;
    const count = (): void => {
      turn += 1;
      if (!stopped) setImmediate(count);
    };
    setImmediate(count);
    const got: [string, number][] = [];
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        await turns.next();
        got.push([name, turn]);
      }),
    );
    stopped = true;
    expect(got.map(([name]) => name)).toEqual(['a', 'b', 'c']);
    expect(new Set(got.map(([, at]) => at)).size).toBe(3);
  });
});
