import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runtimeBinary } from '../../support/runtime-binary.js';

/** A library with what it imports, but React, as a bundler makes it for React Native. */
async function bundled(library: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../../../libs', library, 'src/index.ts')],
    conditions: ['@skreaver/source'],
    external: ['react'],
    bundle: true,
    format: 'cjs',
    target: 'es2020',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

async function compile(script: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-hermes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'script.js');
  writeFileSync(path, script);
  await promisify(execFile)(runtimeBinary('hermesc'), ['-emit-binary', '-out', `${path}.hbc`, path]);
}

describe("the compiler of React Native's engine", () => {
  it.each(['client', 'react'])('takes @skreaver/%s', async (library) => {
    await compile(await bundled(library));
  });

  it('refuses what the libraries do without', async () => {
    await expect(compile('async function* all() { yield 1; }')).rejects.toThrow('async generators are unsupported');
  });
});
