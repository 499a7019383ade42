import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startApp, testAuth } from '../support/test-app.js';
import { call } from './cli-process.js';

/** The packages that a call loads, by the coverage that Node writes of each module. */
async function packagesOf(args: readonly string[], env: Record<string, string> = {}): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { code } = await call(args, { ...env, NODE_V8_COVERAGE: folder });
  expect(code).toBe(0);
  const [file = ''] = readdirSync(folder);
  const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] };
  const names = result.map(
    ({ url }) => /\/(?:node_modules\/(?:@[^/]+\/)?[^/]+|libs\/[^/]+|apps\/[^/]+)\//.exec(url)?.[0],
  );
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

it('a client command loads ws and the client alone, and no Nest, which would take longer than all of it', async () => {
  const app = await startApp({ ...testAuth, channels: { open: { clientPublish: true } } });
  const env = { SKREAVER_URL: app.url, SKREAVER_TOKEN: 'token-ann' };
  expect(await packagesOf(['pub', 'open', '1'], env)).toEqual([
    '/apps/server/',
    '/libs/client/',
    '/libs/protocol/',
    '/node_modules/ws/',
  ]);
});

it('the help loads nothing but itself', async () => {
  expect(await packagesOf(['sub', '--help'])).toEqual(['/apps/server/']);
});
