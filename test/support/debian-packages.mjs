import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

export const isFile = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/**
 * Installs those packages of Debian that are not here, where it may; otherwise ends the process with what to install.
 * @param packages each with how to see that it is in place
 * @param lookedFor where, in a sentence
 */
export function installMissing(packages, lookedFor) {
  const missing = () => packages.filter(({ isHere }) => !isHere()).map((one) => one.package);
  const wanted = missing();
  if (wanted.length === 0) return;
  if (process.getuid?.() !== 0) fail(wanted, 'Only root can install them here.', lookedFor);
  if (!runs('apt-get', '--version')) fail(wanted, 'There is no apt-get here.', lookedFor);
  console.log(`Installing what the tests need: ${wanted.join(', ')}`);
  const done = aptGet('update') && aptGet('install', '-y', '--no-install-recommends', ...wanted);
  const left = missing();
  if (left.length > 0) fail(left, done ? 'apt-get did not bring them.' : 'apt-get failed.', lookedFor);
}

function aptGet(...args) {
  console.log(`> apt-get ${args.join(' ')}`);
  // In run level 1 Debian does not start the servers that it installs.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, error } = spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (error) console.error(error.message);
  return status === 0;
}

function fail(packages, why, lookedFor) {
  console.error(`The tests need ${packages.join(', ')}. ${why} Install on Debian or Ubuntu with:`);
  console.error(`\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}\n`);
  console.error(lookedFor);
  process.exit(1);
}
