import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CloseCode } from '@skreaver/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { installPackages, runIn } from './consumer-app.js';
import { packPackages } from './packed-packages.js';

const INSTALL_AND_COMPILE_MS = 300_000;
const PRINT_PORT = join(import.meta.dirname, 'fixtures/print-port.cjs');

const folder = mkdtempSync(join(tmpdir(), 'skreaver-nest-add-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An application that the Nest CLI of a major version generated, with the packed packages installed. */
class GeneratedApp {
  private readonly tools: string;
  readonly folder: string;
  private readonly nest: string;

  constructor(
    readonly major: string,
    private readonly cli: string,
    private readonly peers: readonly string[],
  ) {
    this.tools = join(folder, major);
    this.folder = join(this.tools, 'app');
    this.nest = join(this.tools, 'node_modules/@nestjs/cli/bin/nest.js');
  }

  async generate(archives: readonly string[]): Promise<void> {
    mkdirSync(this.tools);
    writeFileSync(join(this.tools, 'package.json'), '{ "private": true }');
    await installPackages(this.tools, [`@nestjs/cli@${this.cli}`, '@types/node@20.19.43']);
    await runIn(this.tools, this.nest, ['new', 'app', '--skip-install', '--skip-git', '--package-manager', 'npm']);
    this.dropDevDependencies();
    await installPackages(this.folder, [...archives, ...this.peers]);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  async add(): Promise<string> {
    const printed = await runIn(this.folder, this.nest, ['add', '@skreaver/nestjs-ws', '--skip-install']);
    return stripVTControlCharacters(printed);
  }

  async compile(): Promise<void> {
    const tsc = join(this.tools, 'node_modules/typescript/bin/tsc');
    await runIn(this.folder, tsc, ['-p', 'tsconfig.build.json', '--types', 'node']);
  }

  /** Drops what is not needed to build: the linter and the runner of the tests. */
  private dropDevDependencies(): void {
    const { devDependencies: _unused, ...rest } = JSON.parse(this.read('package.json')) as Record<string, unknown>;
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(rest, null, 2));
  }
}

/** For Nest 11 npm has to be told its packages; on its own it takes the newest ones that we support, and finds a conflict. */
const PEERS_OF_NEST_11 = ['@nestjs/platform-ws@11', '@nestjs/websockets@11'];
const apps = [new GeneratedApp('12', '12.0.8', []), new GeneratedApp('11', '11.0.24', PEERS_OF_NEST_11)];

beforeAll(async () => {
  const archives = await packPackages();
  await Promise.all(apps.map((app) => app.generate(archives)));
}, INSTALL_AND_COMPILE_MS);

describe.each(apps)('nest add in an application of the Nest CLI $major', (app) => {
  let printed = '';

  beforeAll(async () => {
    printed = await app.add();
  });

  it('registers the module, and says what is left to do', () => {
    expect(app.read('src/app.module.ts')).toContain('imports: [SkreaverWsModule.forRoot()]');
    expect(printed).toContain('src/app.module.ts imports SkreaverWsModule.forRoot()');
    expect(printed).toContain('UPDATE package.json');
  });

  it('makes an application that compiles, accepts a client and drains at SIGTERM', async () => {
    await app.compile();
    const main = join(app.folder, 'dist/main.js');
    const server = new RunningProcess(process.execPath, ['--require', PRINT_PORT, main], { ...process.env, PORT: '0' });
    const [, port] = await server.prints(/listening on (\d+)\n/);
    const client = await TestClient.open(`ws://127.0.0.1:${port}/ws`);
    expect((await client.subscribe('agent-updates')).data).toMatchObject({ success: true });
    await server.end();
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
  });

  it('changes nothing the second time', async () => {
    expect(await app.add()).not.toMatch(/UPDATE|CREATE/);
  });
});
