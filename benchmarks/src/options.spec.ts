import { describe, expect, it } from 'vitest';
import { readOptions, UsageError } from './options.js';

const known = ['P1', 'P7b'];
const read = (...args: string[]) => readOptions(args, known);

describe('the options of the suite', () => {
  it('default to all cases and peers in five rounds, written to the docs', () => {
    expect(read()).toEqual({
      cases: [],
      peers: undefined,
      rounds: 5,
      quick: false,
      baseline: undefined,
      writesDocs: true,
    });
  });

  it('select cases and peers, in upper or lower case', () => {
    expect(read('--case', 'p1, P7B', '--peers', 'ours,Socket.IO', '--rounds', '3')).toMatchObject({
      cases: ['P1', 'P7b'],
      peers: ['ours', 'socket.io'],
      rounds: 3,
    });
  });

  it('write no docs for a part of the peers, a quick run, or a run with a baseline', () => {
    expect(read('--case', 'P1').writesDocs).toBe(true);
    expect(read('--peers', 'ours').writesDocs).toBe(false);
    expect(read('--quick').writesDocs).toBe(false);
    expect(read('--baseline', '/x').writesDocs).toBe(false);
  });

  it('default to one round for a quick run', () => {
    expect(read('--quick').rounds).toBe(1);
    expect(read('--quick', '--rounds', '2').rounds).toBe(2);
  });

  it.each([
    [['--case', 'P99'], /no "P99"; known are P1, P7b/],
    [['--peers', 'uw'], /no "uw"; known are ours, /],
    [['--rounds', '0'], /whole number from 1/],
    [['--rounds', 'many'], /whole number from 1/],
    [['--peers', 'baseline'], /needs --baseline/],
    [['--fast'], /--fast/],
  ])('reject %j with a sentence', (args, sentence) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(sentence);
  });
});
