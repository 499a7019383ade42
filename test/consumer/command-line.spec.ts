import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningProcess } from '../support/running-process.js';
import { installPackages } from './consumer-app.js';
import { packPackages } from './packed-packages.js';

const INSTALL_MS = 300_000;
const folder = mkdtempSync(join(tmpdir(), 'skreaver-command-line-'));
const app = join(folder, 'app');
const BIN = join(app, 'node_modules/.bin/skreaver-ws');

const nameOf = (archive: string): string => basename(archive).replace(/^skreaver-(.+)-\d.*$/, '@skreaver/$1');

beforeAll(async () => {
  mkdirSync(app);
  // The application asks for this package alone, and gets the others of this repository as from a registry.
  const overrides = Object.fromEntries((await packPackages()).map((archive) => [nameOf(archive), `file:${archive}`]));
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, overrides }));
  await installPackages(app, await packPackages(['apps/server']));
}, INSTALL_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the packed command line serves, subscribes and publishes in a fresh folder', async () => {
  const { PATH = '' } = process.env;
  const run = (...args: string[]) => new RunningProcess(BIN, args, { PATH }, undefined, { cwd: app });
  const manifest = readFileSync(join(app, 'node_modules/skreaver-ws/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  expect((await run('--version').prints(/(.+)\n/))[1]).toBe(version);
  const server = run('serve', '--port', '0');
  const [, url = ''] = await server.prints(/WebSocket +(ws:\S+)[^]*Publish/);
  const sub = run('sub', 'news', '--count', '1', '-c', url);
  await sub.prints(/Subscribed to news\./);
  const pub = run('pub', 'news', '{"n":1}', '--http', '-c', url);
  await pub.prints(/\{"delivered":1\}/);
  expect([await pub.exited, await sub.exited, await server.end()]).toEqual([0, 0, 0]);
  expect(sub.printed).toContain('{"n":1}\n');
});
