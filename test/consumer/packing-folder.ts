import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the packages are packed, once for all test files of a run. */
    readonly packingFolder: string;
  }
}

/** Makes the folder before the first test file, and removes it after the last one. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-packed-'));
  project.provide('packingFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
