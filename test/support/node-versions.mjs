import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isFile } from './debian-packages.mjs';

/** Other versions of Node, 90 MB each, and so not among the devDependencies. */
export function installNode(major) {
  const prefix = join(import.meta.dirname, `../../node_modules/.cache/nodes/${major}`);
  if (isFile(join(prefix, 'node_modules/node/bin/node'))) return;
  console.log(`Installing Node ${major} into node_modules/.cache`);
  const args = ['install', '--no-save', '--no-package-lock', '--prefix', prefix, `node@${major}`];
  mkdirSync(prefix, { recursive: true });
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0 && isFile(join(prefix, 'node_modules/node/bin/node'))) return;
  console.error(`The tests need Node ${major}: npm install --prefix node_modules/.cache/nodes/${major} node@${major}`);
  process.exit(1);
}
