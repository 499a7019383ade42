import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, open, serve } from '../react/react-page.js';
import { nodeBinary } from '../support/node-binary.js';
import { buildConsumer, runIn } from './consumer-app.js';
import { packPackages } from './packed-packages.js';

const INSTALL_AND_COMPILE_MS = 300_000;
const COMPILE_MS = 180_000;
const ROOT = join(import.meta.dirname, '../..');
const LIBRARIES = ['client', 'react'];
const TSC = 'node_modules/typescript/bin/tsc';
const VITE = 'node_modules/vite/bin/vite.js';

const folder = mkdtempSync(join(tmpdir(), 'skreaver-page-'));
const app = join(folder, 'app');

/** The examples of the libraries, each a module of a program that knows no contract. */
function writeExamples(): void {
  mkdirSync(join(app, 'examples'));
  for (const library of LIBRARIES) {
    const readme = readFileSync(join(ROOT, 'libs', library, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```(tsx?)\n(import [^]*?)^```$/gm)];
    expect(examples.length).toBeGreaterThan(1);
    for (const [at, [, extension, text = '']] of examples.entries()) {
      writeFileSync(join(app, 'examples', `${library}-${at}.${extension}`), text);
    }
  }
  cpSync(join(ROOT, 'test/client/react-native/packages.d.ts'), join(app, 'examples/packages.d.ts'));
  writeFileSync(join(app, 'tsconfig.examples.json'), '{ "extends": "./tsconfig.json", "include": ["examples"] }');
}

beforeAll(async () => {
  mkdirSync(app);
  const archives = await packPackages(['libs/protocol', 'libs/client', 'libs/react']);
  await buildConsumer('page', app, archives, writeExamples);
}, INSTALL_AND_COMPILE_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a page with the packed client and hooks', () => {
  it.each([
    ['with moduleResolution bundler', 'tsconfig.bundler.json'],
    ['with the types of React 18', 'tsconfig.react-18.json'],
    ['word for word as in the READMEs', 'tsconfig.examples.json'],
  ])('compiles strictly %s', { timeout: COMPILE_MS }, async (_how, config) => {
    // It has been compiled with nodenext before the tests.
    expect(await runIn(app, TSC, ['-p', config])).toBe('');
  });

  it(
    'is rendered on a server, which opens nothing, and goes on in a browser, bundled by Vite',
    { timeout: COMPILE_MS },
    async () => {
      await runIn(app, VITE, ['build', '--ssr', 'src/server.tsx', '--outDir', 'server', '--logLevel', 'error']);
      await runIn(app, VITE, ['build', '--logLevel', 'error']);
      const html = await runIn(app, 'server/server.js', []);
      expect(html).toBe('<p>idle<!-- -->: </p><button>Double</button>idle');
      const server = await serve(readFileSync(join(app, 'dist/index.js'), 'utf8'), html.slice(0, -'idle'.length));
      const browser = await launch();
      try {
        const { page, said } = await open(browser, server.httpUrl);
        await page.getByText('connected:').waitFor();
        await expect.poll(() => server.subscriptions.channels()).toMatchObject([{ subscribers: 1 }]);
        await server.subscriptions.broadcast('news', 'hello');
        await page.getByText('HELLO').waitFor();
        await page.getByRole('button').click();
        await page.getByText('42.0').waitFor();
        expect(said).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});

describe('a script with the packed client', () => {
  it('runs in Node 24 as TypeScript', async () => {
    const server = await serve('');
    expect(await runIn(app, 'src/node.ts', [server.url], nodeBinary(24))).toBe('42 true FROM NODE\n');
  });

  it('runs in Node 22 as CommonJS', async () => {
    const server = await serve('');
    expect(await runIn(app, 'src/node.cjs', [server.url], nodeBinary(22))).toBe('42\n');
  });
});
