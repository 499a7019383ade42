/**
 * Run first by `npm test`: sees that the clients which the guide's tests use are here, and installs what is missing where
 * it may. It never lets tests be left out: without a client the run fails, with what to install.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

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
    'They are looked for as /usr/bin/chromium, /usr/bin/firefox-esr, the module websockets of /usr/bin/python3, and curl.',
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
