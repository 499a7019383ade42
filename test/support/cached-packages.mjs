import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache');

/**
 * Installs npm packages that are too large for the devDependencies, or are another version of one of them, into a folder of
 * `node_modules/.cache`; otherwise ends the process with what to install.
 * @param files what has to be there then, below the `node_modules` of that folder
 */
export function installCached(folder, packages, files) {
  const prefix = join(CACHE, folder);
  const isComplete = () => files.every((path) => existsSync(join(prefix, 'node_modules', path)));
  if (isComplete()) return;
  console.log(`Installing ${packages.join(', ')} into node_modules/.cache`);
  const args = [
    'install',
    '--no-save',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--prefix',
    prefix,
    ...packages,
  ];
  mkdirSync(prefix, { recursive: true });
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0 && isComplete()) return;
  console.error(`The tests need: npm install --prefix node_modules/.cache/${folder} ${packages.join(' ')}`);
  process.exit(1);
}
