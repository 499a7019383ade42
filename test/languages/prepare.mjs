/** Run first by `npm run test:languages`: sees that the compilers and Python are here, and installs what is missing where it may. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installMissing, runs } from '../support/debian-packages.mjs';

const IS_NEW_ENOUGH = 'import ensurepip, sys, venv; assert sys.version_info >= (3, 11)';

installMissing(
  [
    // The `cargo` of Debian 12 fetches the whole index of the crates by Git; this is Debian's newer one.
    { package: 'cargo-web', isHere: () => runs('cargo', '--version') && runs('rustc', '--version') },
    { package: 'golang-go', isHere: () => runs('go', 'version') },
    { package: 'python3-venv', isHere: () => runs('python3', '-c', IS_NEW_ENOUGH) },
  ],
  'They are looked for as cargo, rustc, go and python3 (3.11 or later, with venv) on the path.',
);

const venv = join(import.meta.dirname, '../../node_modules/.cache/languages/venv');
const client = join(import.meta.dirname, '../../clients/python');
run('python3', '-m', 'venv', venv);
run(join(venv, 'bin/pip'), 'install', '--quiet', '--editable', `${client}[test]`);

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error(`The tests of the Python client need this: ${command} ${args.join(' ')}\n${error?.message ?? ''}`);
  process.exit(1);
}
