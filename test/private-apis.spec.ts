import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nestSurfaces } from './private-apis/nest.js';
import { nodeSurfaces } from './private-apis/node.js';
import { otherSurfaces } from './private-apis/others.js';
import type { Surface } from './private-apis/surface.js';
import { undocumentedUses, unlistedUses } from './private-apis/undocumented-uses.js';
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

describe('the source', () => {
  const listed = rows.map(([, surface = '', , files = '']) => ({ surface, files: files.split(', ') }));
  const sources = execFileSync('git', ['ls-files', 'src', 'libs/*/src', 'apps/server/src'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((file) => /(?<!\.spec|\.d)\.ts$/.test(file));
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

  it(`uses no private member and no file of a dependency that ${PAGE} does not list`, () => {
    expect(sources.length).toBeGreaterThan(150);
    expect(sources.flatMap((file) => unlistedUses(file, read(file), listed, PAGE))).toEqual([]);
  });

  it.each([
    ['a private member', 'const fd = socket._handle?.fd; // not socket._other\n', ['_handle']],
    ['a declared private member', 'interface Inside {\n  readonly _state?: object;\n}\n', ['_state']],
    ['a destructured private member', 'const { _socket } = webSocket;\n', ['_socket']],
    ['names from a file of a package', "import { A, type B as C } from '@nestjs/core/a.js';\n", ['A', 'B']],
    ['a default from a file of a package', "import Receiver from 'ws/lib/receiver.js';\n", ['Receiver']],
    ['a cast past a type', 'const inside = socket as unknown as Inside;\n', ['as unknown as']],
    [
      'nothing of a documented use',
      "import { open } from 'node:fs/promises';\nimport { Module } from '@nestjs/common';\n",
      [],
    ],
  ])('is found to use %s', (_name, source, found) => {
    expect(undocumentedUses(source)).toEqual(found);
  });

  it('that uses an unlisted member is named in a sentence', () => {
    const row = { surface: 'Socket._handle.fd', files: ['src/a.ts'] };
    const use = 'socket._handle';
    expect(unlistedUses('src/a.ts', use, [row], PAGE)).toEqual([]);
    expect(unlistedUses('src/b.ts', use, [row], PAGE)).toEqual([
      `src/b.ts uses \`_handle\`, which ${PAGE} does not list: check it in test/private-apis/ and add a row.`,
    ]);
  });
});
