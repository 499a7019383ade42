import { describe, expect, it } from 'vitest';
import { WaitQueue } from './wait-queue.js';

function lineOf(...names: string[]) {
  const called: string[] = [];
  const line = new WaitQueue();
  const places = names.map((name) => line.join(() => called.push(name)));
  const callAll = (): string[] => {
    while (line.callNext());
    return called;
  };
  return { line, places, called, callAll };
}

describe('WaitQueue', () => {
  it('calls nobody when it is empty', () => {
    expect(new WaitQueue().callNext()).toBe(false);
  });

  it('calls its waiters in the order of joining, one at a time', () => {
    const { line, called, callAll } = lineOf('a', 'b', 'c');
    expect(line.callNext()).toBe(true);
    expect(called).toEqual(['a']);
    expect(callAll()).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['first', 0, ['b', 'c']],
    ['middle', 1, ['a', 'c']],
    ['last', 2, ['a', 'b']],
  ])('closes the gap when the %s waiter leaves', (_, index, rest) => {
    const { places, callAll } = lineOf('a', 'b', 'c');
    places[index]?.leave();
    expect(callAll()).toEqual(rest);
  });

  it('ignores the leaving of a waiter that was called or has left already', () => {
    const { line, places, callAll } = lineOf('a', 'b', 'c', 'd');
    line.callNext();
    places[0]?.leave();
    places[1]?.leave();
    places[1]?.leave();
    expect(callAll()).toEqual(['a', 'c', 'd']);
  });

  it('accepts new waiters after it was empty', () => {
    const { line, called, callAll } = lineOf('a');
    callAll();
    line.join(() => called.push('b'));
    expect(callAll()).toEqual(['a', 'b']);
  });
});
