import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of this user alone, for the sockets of a test. */
export function hubFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-hub-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
