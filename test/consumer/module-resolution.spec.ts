import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackages, runIn } from './consumer-app.js';
import { packPackages } from './packed-packages.js';

const INSTALL_MS = 180_000;
const COMPILE_MS = 180_000;

const PACKAGES = [
  '@skreaver/nestjs-ws',
  '@skreaver/protocol',
  '@skreaver/ordered-locks',
  '@skreaver/redis',
  '@skreaver/workers',
  '@skreaver/client',
  '@skreaver/react',
];
const folder = mkdtempSync(join(tmpdir(), 'skreaver-resolution-'));
let archives: string[] = [];

beforeAll(async () => {
  archives = await packPackages();
}, INSTALL_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every entry of the packages that has code, as an application names it. */
function entriesOf(app: string): string[] {
  return PACKAGES.flatMap((name) => {
    const manifest = readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8');
    const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> };
    const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'));
    return paths.map((path) => `${name}${path.slice(1)}`);
  });
}

/** Imports each entry, and of each a name that is not there: were it `any` for want of types, that would compile. */
const importsOf = (entries: readonly string[]): string =>
  entries
    .flatMap((entry, at) => [
      `import * as entry${at} from '${entry}';`,
      '// @ts-expect-error: no export has this name',
      `import { missing as missing${at} } from '${entry}';`,
      `export const used${at} = [entry${at}, missing${at}];`,
    ])
    .join('\n');

interface Mode {
  readonly module: string;
  readonly moduleResolution: string;
  /** TypeScript 6 takes node10 only with this. */
  readonly ignoreDeprecations?: string;
}

const both = ['entries.mts', 'entries.cts'];
const node10: Mode = { module: 'commonjs', moduleResolution: 'node10' };
const node16: Mode = { module: 'node16', moduleResolution: 'node16' };
const nodenext: [Mode, string[]] = [{ module: 'nodenext', moduleResolution: 'nodenext' }, both];
const bundler: [Mode, string[]] = [{ module: 'esnext', moduleResolution: 'bundler' }, both];

const applications: Readonly<Record<string, readonly [Mode, readonly string[]][]>> = {
  // node16 does not let CommonJS files import Nest 12, which is ESM.
  'nest-12': [[{ ...node10, ignoreDeprecations: '6.0' }, ['entries.ts']], [node16, ['entries.mts']], nodenext, bundler],
  'nest-11': [[node10, ['entries.ts']], [node16, both], nodenext, bundler],
};

describe.each(Object.entries(applications))('the types of all entries of the packages, in %s', (fixture, modes) => {
  const app = join(folder, fixture);

  beforeAll(async () => {
    mkdirSync(app);
    copyFileSync(join(import.meta.dirname, 'fixtures', fixture, 'app-package.json'), join(app, 'package.json'));
    await installPackages(app, archives);
  }, INSTALL_MS);

  it('are those of at least two packages and three subpaths', () => {
    expect(entriesOf(app)).toEqual(
      expect.arrayContaining([...PACKAGES, '@skreaver/nestjs-ws/testing', '@skreaver/protocol/msgpack']),
    );
  });

  it.each(modes.map(([mode, files]) => [mode.moduleResolution, mode, files] as const))(
    'are found by moduleResolution %s',
    { timeout: COMPILE_MS },
    async (name, mode, files) => {
      for (const file of files) writeFileSync(join(app, file), importsOf(entriesOf(app)));
      const compilerOptions = {
        ...mode,
        target: 'es2023',
        strict: true,
        noEmit: true,
        experimentalDecorators: true,
        types: ['node'],
        // Imports that our own declarations do not find would be `any` in silence.
        skipLibCheck: false,
      };
      const config = `tsconfig.${name}.json`;
      writeFileSync(join(app, config), JSON.stringify({ compilerOptions, files }));
      expect(await runIn(app, 'node_modules/typescript/bin/tsc', ['-p', config])).toBe('');
    },
  );
});
