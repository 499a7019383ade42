import { existsSync } from 'node:fs';
import { join } from 'node:path';

const INSTALLED = join(import.meta.dirname, '../../node_modules/.cache/runtimes/node_modules');

const binaries = {
  bun: '.bin/bun',
  deno: '.bin/deno',
  hermesc: 'hermes-compiler/hermesc/linux64-bin/hermesc',
  workerd: '.bin/workerd',
};

/** The path of another runtime, or of the compiler of one, as `test/support/prepare.mjs` installed it. */
export function runtimeBinary(name: keyof typeof binaries): string {
  const path = join(INSTALLED, binaries[name]);
  if (!existsSync(path)) throw new Error(`${name} is not here; run \`node test/support/prepare.mjs\` first.`);
  return path;
}
