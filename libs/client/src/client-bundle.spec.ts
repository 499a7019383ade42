import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** What everybody may spend on it: all of the client, with what it needs of the protocol, minified and gzipped. */
const BUDGET = 9_216;

const bundle = async (options: BuildOptions = {}): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/index.ts`],
    conditions: ['@skreaver/source'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    ...options,
  });
  return outputFiles?.[0]?.text ?? '';
};

describe('the bundle of the client', () => {
  it(`takes at most ${BUDGET} B`, async () => {
    expect(gzipSync(await bundle()).length).toBeLessThanOrEqual(BUDGET);
  });

  it('has nothing of Node, no async generator, and none of the tables of the protocol', async () => {
    const code = await bundle({ minify: false });
    expect(code).not.toMatch(/node:|require\(|async function\s*\*|async \*|for await/);
    expect(code).not.toMatch(/close-codes|error-codes|server-shapes/);
    expect(code).not.toMatch(/new (?:EventTarget|Event|CustomEvent|URL)\b|structuredClone/);
  });

  it('can be imported, and a client be made, in an engine that has only the language', async () => {
    const code = await bundle({ format: 'iife', globalName: 'skreaver' });
    const made: unknown = runInNewContext(`${code}; skreaver.createClient({ url: 'ws://a' }).state.status`);
    expect(made).toBe('idle');
  });
});

/** What else a page could use, by what its application imports. */
const OTHERS = {
  '@skreaver/client': undefined,
  'socket.io-client': `export { io } from 'socket.io-client';`,
  centrifuge: `export { Centrifuge } from 'centrifuge';`,
  partysocket: `export { WebSocket } from 'partysocket';`,
};

const sizeOf = async (contents: string | undefined): Promise<number> => {
  const stdin = contents === undefined ? {} : { entryPoints: [], stdin: { contents, resolveDir: import.meta.dirname } };
  return gzipSync(await bundle({ platform: 'browser', ...stdin })).length;
};

it('stands in the README beside others, with the sizes that they have now', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const sizes: Record<string, number> = {};
  for (const [name, contents] of Object.entries(OTHERS)) sizes[name] = await sizeOf(contents);
  console.table(sizes);
  for (const [name, size] of Object.entries(sizes)) {
    const shown = new RegExp(`^\\| \`${name}\` +\\| +([\\d,]+) `, 'm').exec(readme)?.[1]?.replaceAll(',', '');
    expect(Math.abs(Number(shown) - size), `${name}: ${size} B`).toBeLessThan(size / 50);
  }
});
