import { describe, expect, it, vi } from 'vitest';
import { DrainingSet } from './draining-set.js';

describe('DrainingSet', () => {
  it('resolves for every caller when the last member leaves, and not before', async () => {
    const set = new DrainingSet(['a', 'b']);
    const emptied = vi.fn<() => void>();
    void set.whenEmpty().then(emptied);
    void set.whenEmpty().then(emptied);
    set.delete('a');
    await Promise.resolve();
    expect(emptied).not.toHaveBeenCalled();
    set.delete('b');
    await Promise.resolve();
    expect(emptied).toHaveBeenCalledTimes(2);
  });

  it('resolves at once while it is empty', async () => {
    await expect(new DrainingSet().whenEmpty()).resolves.toBeUndefined();
  });

  it('waits again for members that come later', async () => {
    const set = new DrainingSet(['a']);
    set.delete('a');
    set.add('b');
    const emptied = vi.fn<() => void>();
    void set.whenEmpty().then(emptied);
    await Promise.resolve();
    expect(emptied).not.toHaveBeenCalled();
    set.delete('b');
    await Promise.resolve();
    expect(emptied).toHaveBeenCalledOnce();
  });
});
