import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nestSurfaces } from './private-apis/nest.js';
import { nodeSurfaces } from './private-apis/node.js';
import { otherSurfaces } from './private-apis/others.js';
import type { Surface } from './private-apis/surface.js';
import { wsSurfaces } from './private-apis/ws.js';

const ROOT = join(import.meta.dirname, '..');
const PAGE = 'docs/private-apis.md';
const surfaces = [...wsSurfaces, ...nodeSurfaces, ...nestSurfaces, ...otherSurfaces];
const { resolve } = createRequire(import.meta.url);

/** The directory of a package may not export its `package.json`, so it is looked for upwards. */
function versionOf(dependency: string): string {
  if (dependency === 'node') return process.versions.node;
  let folder = dirname(resolve(dependency));
  while (!folder.endsWith(join('node_modules', dependency))) folder = dirname(folder);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

async function assertHolds({ name, dependency, holds }: Surface): Promise<void> {
  const failure = await Promise.resolve()
    .then(holds)
    .catch((error: unknown) => error);
  if (failure === true) return;
  throw new Error(
    `${dependency} ${versionOf(dependency)} does not have ${name} in the form that is relied on; see ${PAGE}.`,
    { cause: failure },
  );
}

/** The cells of the page's tables: surface, dependency, files, why, when it is gone. */
const rows = readFileSync(join(ROOT, PAGE), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

describe('a private API', () => {
  it.each(surfaces.map((surface) => [surface.dependency, surface.name, surface] as const))(
    'of %s is as relied on: %s',
    (_dependency, _name, surface) => assertHolds(surface),
  );

  it('that is gone is reported with its name, its dependency and the version', async () => {
    const gone: Surface = { name: 'WebSocket._gone', dependency: 'ws', holds: () => false };
    await expect(assertHolds(gone)).rejects.toThrow(`ws ${versionOf('ws')} does not have WebSocket._gone in the form`);
    const throwing: Surface = { name: 'Socket._gone', dependency: 'node', holds: () => Promise.reject(new Error('a')) };
    await expect(assertHolds(throwing)).rejects.toThrow(`node ${process.versions.node} does not have Socket._gone`);
  });
});

describe(PAGE, () => {
  it('lists exactly the surfaces that are checked', () => {
    const listed = rows.map(([, name, dependency]) => `${dependency} ${name}`);
    expect(listed).toEqual(surfaces.map(({ name, dependency }) => `${dependency} ${name}`));
  });

  it.each(rows.map(([, name = '', , files = '']) => [name, files] as const))(
    'names the files that use %s',
    (name, files) => {
      const member = name.split('.').at(-1) as string;
      const without = files.split(', ').filter((file) => !readFileSync(join(ROOT, file), 'utf8').includes(member));
      expect(without).toEqual([]);
    },
  );
});
