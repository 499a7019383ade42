import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkArchitecture } from './support/architecture/check-architecture.js';
import { readSourceFiles } from './support/architecture/read-source-files.js';
import { describeViolation } from './support/architecture/violation.js';

type Files = Readonly<Record<string, string>>;

const check = (files: Files) => checkArchitecture(Object.entries(files).map(([path, text]) => ({ path, text })));
const violations = (files: Files): string[] => check(files).map((each) => describeViolation(each));
const problems = (files: Files): string[] => check(files).map(({ problem }) => problem);

describe('the source tree', () => {
  const files = readSourceFiles(join(import.meta.dirname, '..'));

  it('is read in full', () => {
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['libs/protocol/src/index.ts', 'libs/redis/src/index.ts']));
  });

  it('keeps the rules of imports', () => {
    expect(checkArchitecture(files).map((each) => describeViolation(each))).toEqual([]);
  });
});

describe('readSourceFiles', () => {
  it('finds the TypeScript of src, the benchmarks, and every library, app and example, at any depth', () => {
    const root = mkdtempSync(join(tmpdir(), 'architecture-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const sources = [
      'src/a.ts',
      'src/deep/room/b.ts',
      'libs/one/src/c.ts',
      'apps/two/src/d.tsx',
      'examples/three/src/e.ts',
      'benchmarks/src/cases/f.ts',
    ];
    for (const path of [...sources, 'src/read.md', 'libs/one/dist/c.ts', 'test/e.ts']) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), path);
    }
    const found = readSourceFiles(root);
    expect(found.map(({ path }) => path).toSorted()).toEqual(sources.toSorted());
    expect(found.every(({ path, text }) => text === path)).toBe(true);
  });
});

describe('checkArchitecture accepts', () => {
  it('a room that imports earlier rooms by index, its own files, and packages', () => {
    const files: Files = {
      'libs/protocol/src/index.ts': `export { decode } from './decode.js';`,
      'libs/protocol/src/decode.ts': `export const decode = (text: string): unknown => JSON.parse(text);`,
      'src/config/index.ts': `export { parseJson } from './parse-json.js';`,
      'src/config/parse-json.ts': `export const parseJson = (text: string): unknown => JSON.parse(text);`,
      'src/channel/index.ts': `export { a } from './a.js';\nexport type { B } from './b.js';`,
      'src/channel/a.ts': [
        `import { createHash } from 'node:crypto';`,
        `import { WebSocket } from 'ws';`,
        `import { decode } from '@skreaver/protocol';`,
        `import { unpack } from '@skreaver/protocol/msgpack';`,
        `import { parseJson } from '../config/index.js';`,
        `import type { B } from './b.js';`,
        `export const a = JSON.stringify(new Date(Date.parse('2026-01-01')));`,
        `export const later = () => import('./b.js');`,
      ].join('\n'),
      'src/channel/b.ts': `export interface B {}`,
      'src/skreaver-ws.module.ts': `import { a } from './channel/index.js';`,
      'src/index.ts': `export { SkreaverWsModule } from './skreaver-ws.module.js';`,
      'libs/redis/src/a.ts': `import '@skreaver/nestjs-ws';\nimport '@skreaver/protocol';\nimport 'ioredis';`,
      'libs/react/src/a.ts': `import '@skreaver/client';\nimport 'react';`,
      'libs/workers/src/a.ts': `import '@skreaver/nestjs-ws/clustering';`,
      'apps/server/src/main.ts': `import { SkreaverWsModule } from '@skreaver/nestjs-ws';\nJSON.parse('{}');`,
      'examples/chat/src/chat.spec.ts': `import '@skreaver/nestjs-ws/testing';`,
      'examples/chat/src/main.ts': `import '@skreaver/nestjs-ws';\nimport '@skreaver/protocol';\nimport './a.js';`,
    };
    expect(violations(files)).toEqual([]);
  });

  it('a file that imports an earlier sub-room, and an index and providers that import all of them', () => {
    const all = ['outbound', 'host', 'socket', 'upgrade']
      .map((name) => `export { x } from './${name}/x.js';`)
      .join('\n');
    const files: Files = {
      'src/transport/upgrade/x.ts': `import { x } from '../socket/x.js';\nimport { y } from './y.js';`,
      'src/transport/index.ts': all,
      'src/transport/transport.providers.ts': all,
    };
    expect(violations(files)).toEqual([]);
  });

  it('a spec that imports its own room, its index, later rooms by index, and test/support', () => {
    const spec = [
      `import { a } from './a.js';`,
      `import { b } from './index.js';`,
      `import { c } from '../gateway/index.js';`,
      `import { d } from '../../test/support/socket.js';`,
      `JSON.parse('{}');`,
    ].join('\n');
    expect(violations({ 'src/channel/a.spec.ts': spec })).toEqual([]);
    expect(violations({ 'libs/protocol/src/a.spec.ts': `import { readFileSync } from 'node:fs';` })).toEqual([]);
  });
});

describe('checkArchitecture rejects', () => {
  it('with the place, what is wrong there, and what to do instead', () => {
    expect(violations({ 'src/auth/a.ts': `\nimport { x } from '../gateway/index.js';` })).toEqual([
      'src/auth/a.ts:2 imports src/gateway, which comes after src/auth: ' +
        'move what is needed to src/auth or before it, or have src/gateway pass it in',
    ]);
  });

  it.each([
    ['a static import', `import { x } from '../gateway/index.js';`],
    ['an import for its effect', `import '../gateway/index.js';`],
    ['a type import', `import type { X } from '../gateway/index.js';`],
    ['a re-export', `export { x } from '../gateway/index.js';`],
    ['a dynamic import', `export const x = () => import('../gateway/index.js');`],
    ['a type by import()', `export type X = import('../gateway/index.js').X;`],
    ['an import assignment', `import x = require('../gateway/index.js');`],
    ['a require', `const x = require('../gateway/index.js');`],
  ])('an upward import, written as %s', (_, line) => {
    expect(problems({ 'src/auth/a.ts': line })).toEqual(['imports src/gateway, which comes after src/auth']);
  });

  it.each([
    [
      'a sideways import',
      'src/auth/a.ts',
      '../channel/index.js',
      'imports src/channel, which shares a row with src/auth',
    ],
    [
      'the module in a room',
      'src/gateway/a.ts',
      '../skreaver-ws.module.js',
      'imports src/skreaver-ws.module.ts, which comes after src/gateway',
    ],
    [
      'a room past its index',
      'src/auth/a.ts',
      '../config/deep/x.js',
      'enters src/config past its index, by src/config/deep/x.ts',
    ],
    [
      'a room past its index, in a spec',
      'src/auth/a.spec.ts',
      '../config/x.js',
      'enters src/config past its index, by src/config/x.ts',
    ],
    [
      'the protocol past its index',
      'src/auth/a.ts',
      '@skreaver/protocol/dist/decode.js',
      "enters @skreaver/protocol past its index, by '@skreaver/protocol/dist/decode.js'",
    ],
    [
      'the index of its own room',
      'src/auth/deep/a.ts',
      '../index.js',
      'imports the index of its own room, src/auth/index.ts',
    ],
    [
      'its own package by name',
      'src/auth/a.ts',
      '@skreaver/nestjs-ws',
      "imports its own package by name, '@skreaver/nestjs-ws'",
    ],
    ['a package outside the order', 'src/auth/a.ts', '@skreaver/client', "imports '@skreaver/client'"],
    [
      'the protocol by path in src',
      'src/auth/a.ts',
      '../../libs/protocol/src/index.js',
      'imports libs/protocol/src/index.ts by its path',
    ],
    ['src in a library', 'libs/client/src/a.ts', '../../../src/index.js', 'imports src/index.ts by its path'],
    ['src in a library, by name', 'libs/client/src/a.ts', '@skreaver/nestjs-ws', "imports '@skreaver/nestjs-ws'"],
    [
      'an app in a library',
      'libs/client/src/a.ts',
      '../../../apps/server/src/a.js',
      'imports apps/server/src/a.ts by its path',
    ],
    [
      'the module past its index in an engine',
      'libs/redis/src/a.ts',
      '@skreaver/nestjs-ws/testing',
      "imports '@skreaver/nestjs-ws/testing'",
    ],
    ['the hooks in the client', 'libs/client/src/a.ts', '@skreaver/react', "imports '@skreaver/react'"],
    ['the module in the hooks', 'libs/react/src/a.ts', '@skreaver/nestjs-ws', "imports '@skreaver/nestjs-ws'"],
    ['an engine in src', 'src/auth/a.ts', '@skreaver/redis', "imports '@skreaver/redis'"],
    ['a library in the protocol', 'libs/protocol/src/a.ts', '@skreaver/client', "imports '@skreaver/client'"],
    ['a dependency in the protocol', 'libs/protocol/src/a.ts', 'ws', 'imports ws'],
    ['a dependency in the locks', 'libs/ordered-locks/src/a.ts', 'ws', 'imports ws'],
    ['the protocol in the locks', 'libs/ordered-locks/src/a.ts', '@skreaver/protocol', "imports '@skreaver/protocol'"],
    ['a built-in in the protocol', 'libs/protocol/src/a.ts', 'node:buffer', 'imports node:buffer'],
    [
      'src by path in an app',
      'apps/server/src/a.ts',
      '../../../src/auth/index.js',
      'imports src/auth/index.ts by its path',
    ],
    [
      'src by path in an example',
      'examples/chat/src/a.ts',
      '../../../src/auth/index.js',
      'imports src/auth/index.ts by its path',
    ],
    [
      'another example',
      'examples/chat/src/a.ts',
      '../../stream/src/b.js',
      'imports examples/stream/src/b.ts by its path',
    ],
    [
      'the module past its index in an example',
      'examples/chat/src/a.ts',
      '@skreaver/nestjs-ws/dist/auth/index.js',
      "enters @skreaver/nestjs-ws past its index, by '@skreaver/nestjs-ws/dist/auth/index.js'",
    ],
    ['an app in an example', 'examples/chat/src/a.ts', '@skreaver/server', "imports '@skreaver/server'"],
    ['an app in src', 'src/auth/a.ts', '../../apps/server/src/a.js', 'imports apps/server/src/a.ts by its path'],
    ['a spec in a source', 'src/auth/a.ts', './b.spec.js', 'imports test code, src/auth/b.spec.ts'],
    ['test support in a source', 'src/auth/a.ts', '../../test/support/x.js', 'imports test code, test/support/x.ts'],
    ['another test in a spec', 'src/auth/a.spec.ts', '../../test/e2e/x.js', 'imports test code, test/e2e/x.ts'],
  ])('%s', (_, file, target, problem) => {
    expect(problems({ [file]: `import { x } from '${target}';` })).toEqual([problem]);
  });

  it.each([
    [
      'a later sub-room',
      'src/transport/outbound/a.ts',
      '../socket/b.js',
      'imports src/transport/socket, which comes after src/transport/outbound',
    ],
    [
      'a sub-room of the same row',
      'src/delivery/publish/a.ts',
      '../recovery/b.js',
      'imports src/delivery/recovery, which shares a row with src/delivery/publish',
    ],
    [
      'the providers of the room in a sub-room',
      'src/request/run/a.ts',
      '../request.providers.js',
      'imports src/request/request.providers.ts, which stands outside of the sub-rooms',
    ],
  ])('%s', (_, file, target, problem) => {
    expect(problems({ [file]: `import { x } from '${target}';` })).toEqual([problem]);
  });

  it('a file of a divided room in none of its sub-rooms', () => {
    const files = { 'src/transport/a.ts': '', 'src/transport/index.ts': '', 'src/delivery/other/b.ts': '' };
    expect(problems(files)).toEqual([
      'stands in src/delivery/other, which is no room',
      'stands in src/transport/a.ts, which is no room',
    ]);
  });

  it('an import whose name is computed', () => {
    const text = 'export const load = (name: string) => import(`./${name}.js`);';
    expect(problems({ 'src/auth/a.ts': text })).toEqual(['imports a computed name']);
  });

  it('an export of everything', () => {
    expect(problems({ 'src/auth/index.ts': `export * from './a.js';` })).toEqual(['exports everything of a file']);
  });

  it('a folder or a loose file in src that is not in the table, once each', () => {
    const files = { 'src/utils/a.ts': '', 'src/utils/b.ts': '', 'src/helpers.ts': '' };
    expect(problems(files)).toEqual([
      'stands in src/helpers.ts, which is no room',
      'stands in src/utils, which is no room',
    ]);
  });

  it.each([
    `const x = JSON.parse('');`,
    `const x = [''].map(JSON.parse);`,
    `const x = JSON['parse']('');`,
    `const x = globalThis.JSON.parse('');`,
    `const { parse } = JSON;`,
  ])('JSON.parse in src: %s', (text) => {
    expect(problems({ 'src/gateway/a.ts': text })).toEqual(['uses JSON.parse']);
  });

  it.each([
    ['two files', { a: ['b'], b: ['a'] }, 'src/auth/a.ts → src/auth/b.ts → src/auth/a.ts'],
    ['a file with itself', { a: ['a'] }, 'src/auth/a.ts → src/auth/a.ts'],
    [
      'three files behind a fourth',
      { a: ['b', 'd'], b: ['c'], c: ['d'], d: ['b'] },
      'src/auth/b.ts → src/auth/c.ts → src/auth/d.ts → src/auth/b.ts',
    ],
  ])('a cycle inside a room: %s', (_, graph: Readonly<Record<string, readonly string[]>>, cycle) => {
    const files = Object.entries(graph).map(([name, targets]) => [
      `src/auth/${name}.ts`,
      targets.map((target) => `import type { x } from './${target}.js';`).join('\n'),
    ]);
    expect(problems(Object.fromEntries(files))).toEqual([`closes an import cycle, ${cycle}`]);
  });

  it('a cycle inside an app', () => {
    const files = { 'apps/server/src/a.ts': `import './b.js';`, 'apps/server/src/b.ts': `import './a.js';` };
    expect(problems(files)).toEqual([expect.stringContaining('closes an import cycle')]);
  });
});
