import { describe, expect, it } from 'vitest';
import { Frame } from '../../transport/index.js';
import { SendBudget } from './send-budget.js';

const frame = (bytes: number): Frame => Frame.text('x'.repeat(bytes - 2));

describe('SendBudget', () => {
  it('allows frames up to their number', () => {
    const budget = new SendBudget(2, 1000);
    expect([1, 2, 3].map(() => budget.tryConsume(frame(10)))).toEqual([true, true, false]);
  });

  it('allows frames up to exactly their bytes', () => {
    const budget = new SendBudget(10, 30);
    expect([20, 10, 10].map((bytes) => budget.tryConsume(frame(bytes)))).toEqual([true, true, false]);
  });

  it('allows a first frame that alone exceeds it, and one more after each reset', () => {
    const budget = new SendBudget(0, 5);
    expect([budget.tryConsume(frame(10)), budget.tryConsume(frame(10))]).toEqual([true, false]);
    budget.reset();
    expect([budget.tryConsume(frame(10)), budget.tryConsume(frame(10))]).toEqual([true, false]);
  });
});
