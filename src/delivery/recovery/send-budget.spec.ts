import { describe, expect, it } from 'vitest';
import { Frame } from '../../transport/index.js';
import { Portion } from './send-budget.js';

const frame = (bytes: number): Frame => Frame.text('x'.repeat(bytes - 2));

describe('Portion', () => {
  it('takes frames up to their number', () => {
    const portion = new Portion(2, 1000);
    expect([1, 2, 3].map(() => portion.takes(frame(10)))).toEqual([true, true, false]);
  });

  it('takes frames up to their bytes, exactly', () => {
    const portion = new Portion(10, 30);
    expect([20, 10, 10].map((bytes) => portion.takes(frame(bytes)))).toEqual([true, true, false]);
  });

  it('takes a first one that alone is too much, and one more for each time that it is renewed', () => {
    const portion = new Portion(0, 5);
    expect([portion.takes(frame(10)), portion.takes(frame(10))]).toEqual([true, false]);
    portion.renew();
    expect([portion.takes(frame(10)), portion.takes(frame(10))]).toEqual([true, false]);
  });
});
