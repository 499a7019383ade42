/**
 * Run first by `npm test`: sees that the clients which the guide's tests use are here, and installs what is missing where
 * it may. It never lets tests be left out: without a client the run fails, with what to install.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const isFile = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Debian's packages and how to see that each is in place. */
const clients = [
  { package: 'chromium', isHere: () => isFile('/usr/bin/chromium') },
  { package: 'firefox-esr', isHere: () => isFile('/usr/bin/firefox-esr') },
  // Debian's own Python, not another one on the path.
  { package: 'python3-websockets', isHere: () => runs('/usr/bin/python3', '-c', 'import websockets') },
  { package: 'nginx-light', isHere: () => isFile('/usr/sbin/nginx') },
  { package: 'curl', isHere: () => runs('curl', '--version') },
];

const missing = () => clients.filter(({ isHere }) => !isHere()).map((client) => client.package);

function aptGet(...args) {
  console.log(`> apt-get ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error } = spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (error) console.error(error.message);
  return status === 0;
}

function fail(packages, why) {
  console.error(`The tests need ${packages.join(', ')}. ${why} Install on Debian or Ubuntu with:`);
  console.error(`\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}\n`);
  console.error(
    'They are looked for as /usr/bin/chromium, /usr/bin/firefox-esr, the module websockets of /usr/bin/python3, /usr/sbin/nginx, and curl.',
  );
  process.exit(1);
}

const wanted = missing();
if (wanted.length > 0) {
  if (process.getuid?.() !== 0) fail(wanted, 'Only root can install them here.');
  if (!runs('apt-get', '--version')) fail(wanted, 'There is no apt-get here.');
  console.log(`Installing what the tests need: ${wanted.join(', ')}`);
  const done = aptGet('update') && aptGet('install', '-y', '--no-install-recommends', ...wanted);
  const left = missing();
  if (left.length > 0) fail(left, done ? 'apt-get did not bring them.' : 'apt-get failed.');
}

/** Other versions of Node, for the clients of the README; 90 MB each, and so not among the devDependencies. */
for (const major of [22, 24]) {
  const prefix = join(import.meta.dirname, `../../node_modules/.cache/nodes/${major}`);
  if (isFile(join(prefix, 'node_modules/node/bin/node'))) continue;
  console.log(`Installing Node ${major} into node_modules/.cache`);
  const args = ['install', '--no-save', '--no-package-lock', '--prefix', prefix, `node@${major}`];
  mkdirSync(prefix, { recursive: true });
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0 && isFile(join(prefix, 'node_modules/node/bin/node'))) continue;
  console.error(`The tests need Node ${major}: npm install --prefix node_modules/.cache/nodes/${major} node@${major}`);
  process.exit(1);
}
