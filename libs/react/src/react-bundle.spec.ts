import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** What everybody may spend on it, minified and gzipped, beside React and the client. */
const BUDGET = 2_048;

const bundle = async (minify: boolean): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/index.ts`],
    bundle: true,
    minify,
    format: 'esm',
    target: 'es2022',
    external: ['react', '@skreaver/client'],
    write: false,
  });
  return outputFiles[0]?.text ?? '';
};

describe('the bundle of the hooks', () => {
  it(`takes at most ${BUDGET} B`, async () => {
    const size = gzipSync(await bundle(true)).length;
    console.log(`${size} B`);
    expect(size).toBeLessThanOrEqual(BUDGET);
  });

  it('imports React and the client alone, and has no async generator', async () => {
    const code = await bundle(false);
    const imported = [...code.matchAll(/from "([^"]+)"/g)].map(([, name]) => name);
    expect([...new Set(imported)].toSorted()).toEqual(['@skreaver/client', 'react']);
    expect(code).not.toMatch(/async function\s*\*|async \*|for await|require\(/);
  });
});
