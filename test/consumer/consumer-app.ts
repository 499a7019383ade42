import { type ExecFileOptions, execFile } from 'node:child_process';
import { cpSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

const PACKAGES = [
  '.',
  ...['protocol', 'ordered-locks', 'redis', 'workers', 'client', 'react'].map((name) => `libs/${name}`),
];

/**
 * Packs what is published, as `npm publish` would.
 * @param packages their folders; default: all
 * @returns the paths of the archives
 */
export async function packPackages(into: string, packages: readonly string[] = PACKAGES): Promise<string[]> {
  return Promise.all(
    packages.map(async (path) => {
      const cwd = join(ROOT, path);
      const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', into], { cwd, env: withoutNpm() });
      return join(into, stdout.trim());
    }),
  );
}

/**
 * Makes the application of a fixture in a folder outside of the repository: installed, type-checked and compiled.
 * @param complete adds files to the application before it is compiled
 */
export async function buildConsumer(
  fixture: string,
  folder: string,
  archives: readonly string[],
  complete = (): void => {},
): Promise<void> {
  cpSync(join(import.meta.dirname, 'fixtures', fixture), folder, { recursive: true });
  renameSync(join(folder, 'app-package.json'), join(folder, 'package.json'));
  complete();
  await installPackages(folder, archives);
  await orExplain(
    `The application ${fixture} does not compile.`,
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], at(folder)),
  );
}

/** Installs packages there, and those of the folder's package.json. */
export async function installPackages(folder: string, packages: readonly string[]): Promise<void> {
  await orExplain(
    `The packages of ${basename(folder)} could not be installed. This test needs the npm registry, or all of them in npm's cache.`,
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], at(folder)),
  );
}

/** Runs a script of an installed package there. @returns what it printed */
export async function runIn(
  folder: string,
  script: string,
  args: readonly string[],
  node = process.execPath,
): Promise<string> {
  const running = run(node, [script, ...args], at(folder));
  await orExplain(`${script} ${args.join(' ')} failed.`, running);
  const { stdout, stderr } = await running;
  return `${String(stdout)}${String(stderr)}`;
}

const at = (cwd: string): ExecFileOptions => ({ cwd, env: withoutNpm(), maxBuffer: 16 * 1024 * 1024 });

async function orExplain(explanation: string, running: Promise<unknown>): Promise<void> {
  try {
    await running;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${explanation}\n${stderr}${stdout}`, { cause: error });
  }
}

/** An npm that runs within `npm test` must not take its outer one's folder for its own. */
function withoutNpm(): NodeJS.ProcessEnv {
  const inherited = /^(npm_package_|npm_lifecycle_|npm_config_(local_prefix|prefix|workspace)|INIT_CWD)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
}
