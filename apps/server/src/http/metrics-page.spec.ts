import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MetricsPage } from './metrics-page.js';

describe('the metrics page', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is made once a second, however often it is requested', async () => {
    let made = 0;
    const page = new MetricsPage(async () => `page ${(made += 1)}`);
    expect(await Promise.all([page.read(), page.read(), page.read()])).toEqual(['page 1', 'page 1', 'page 1']);
    await vi.advanceTimersByTimeAsync(999);
    expect(await page.read()).toBe('page 1');
    await vi.advanceTimersByTimeAsync(1);
    expect(await page.read()).toBe('page 2');
  });

  it('is made anew after a failure', async () => {
    const make = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('no')).mockResolvedValueOnce('page');
    const page = new MetricsPage(make);
    await expect(page.read()).rejects.toThrow('no');
    expect(await page.read()).toBe('page');
  });
});
