import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../../../test/support/client/fake-clock.js';
import { createLiveness } from './liveness.js';

const watched = () => {
  const clock = new FakeClock();
  const ping = vi.fn<() => void>();
  const dead = vi.fn<() => void>();
  return { clock, ping, dead, liveness: createLiveness(clock, () => 45_000, 8_000, ping, dead) };
};

describe('liveness', () => {
  it('asks the server after so much silence, and not before', async () => {
    const { clock, ping, liveness } = watched();
    await clock.pass(40_000);
    liveness.heard();
    await clock.pass(44_999);
    expect(ping).not.toHaveBeenCalled();
    await clock.pass(1);
    expect(ping).toHaveBeenCalledOnce();
  });

  it('gives a server up that gives no sign of life after it was asked', async () => {
    const { clock, dead } = watched();
    await clock.pass(45_000 + 7_999);
    expect(dead).not.toHaveBeenCalled();
    await clock.pass(1);
    expect(dead).toHaveBeenCalledOnce();
  });

  it('goes on when the server answers', async () => {
    const { clock, ping, dead, liveness } = watched();
    liveness.probe();
    liveness.probe();
    expect(ping).toHaveBeenCalledOnce();
    await clock.pass(7_000);
    liveness.heard();
    await clock.pass(40_000);
    expect(dead).not.toHaveBeenCalled();
  });

  it('asks at once when the timer comes late, as after a sleep', async () => {
    const { clock, ping } = watched();
    clock.sleep(8 * 3_600_000);
    await clock.pass(0);
    expect(ping).toHaveBeenCalledOnce();
  });

  it('leaves no timer when it is stopped', () => {
    const { clock, liveness } = watched();
    liveness.stop();
    expect(clock.timers).toBe(0);
  });
});
