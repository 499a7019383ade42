import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Unavailable } from '../suite/unavailable.js';
import { Chromium } from './chromium.js';

it('is unavailable where Chromium is not installed, and leaves no profile behind', async () => {
  vi.stubEnv('PATH', '/nowhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  const profiles = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('bench-chromium-'));
  const before = profiles();
  await expect(Chromium.start()).rejects.toThrow(Unavailable);
  expect(profiles()).toEqual(before);
});
