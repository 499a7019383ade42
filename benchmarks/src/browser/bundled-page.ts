import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Site, SiteFile } from './tab.js';

const ENTRY = fileURLToPath(new URL('../readers/page.js', import.meta.url));

const EMPTY_PAGE: SiteFile = {
  type: 'text/html',
  body: Buffer.from('<!doctype html><link rel="icon" href="data:,"><title>Reader</title>'),
};

/**
 * An empty page at `/`, and `/page.js` with each library in a chunk of its own, as a bundler makes them for users.
 * @param baseline path of another checkout, whose client replaces that of this one
 */
export async function bundledPage(baseline: string | undefined): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: { page: ENTRY },
    outdir: '/',
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    alias: baseline === undefined ? {} : { '@skreaver/client': join(baseline, 'libs/client') },
  });
  const scripts = outputFiles.map(({ path, contents }) => [path, { type: 'text/javascript', body: contents }] as const);
  return new Map([['/', EMPTY_PAGE], ...scripts]);
}
