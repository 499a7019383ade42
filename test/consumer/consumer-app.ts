import { type ExecFileOptions, execFile } from 'node:child_process';
import { cpSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { withoutNpm } from './without-npm.js';

const run = promisify(execFile);

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
