import { describe, expect, it } from 'vitest';
import { ControlFrameRate } from './control-frame-rate.js';

describe('the rate of control frames', () => {
  it('allows twenty in a second and no more', () => {
    const rate = new ControlFrameRate();
    const taken = Array.from({ length: 21 }, (_, at) => rate.takes(at));
    expect(taken.indexOf(false)).toBe(20);
  });

  it('allows them again a second after the first', () => {
    const rate = new ControlFrameRate();
    for (let at = 0; at < 21; at += 1) rate.takes(500);
    expect(rate.takes(1500)).toBe(false);
    expect(rate.takes(1501)).toBe(true);
  });
});
