/**
 * Run first by `npm test`: sees that the clients which the guide's tests use are here, and installs what is missing where
 * it may. It never lets tests be left out: without a client the run fails, with what to install.
 */
import { installMissing, isFile, runs } from './debian-packages.mjs';
import { installNode } from './node-versions.mjs';
import { installReact18 } from './react-18.mjs';
import { installRuntimes } from './runtimes.mjs';

/** Debian's packages and how to see that each is in place. */
const clients = [
  { package: 'chromium', isHere: () => isFile('/usr/bin/chromium') },
  { package: 'firefox-esr', isHere: () => isFile('/usr/bin/firefox-esr') },
  // Debian's own Python, not another one on the path.
  { package: 'python3-websockets', isHere: () => runs('/usr/bin/python3', '-c', 'import websockets') },
  { package: 'python3-msgpack', isHere: () => runs('/usr/bin/python3', '-c', 'import msgpack') },
  { package: 'python3-tornado', isHere: () => runs('/usr/bin/python3', '-c', 'import tornado') },
  { package: 'libmojolicious-perl', isHere: () => runs('/usr/bin/perl', '-e', 'use Mojolicious') },
  { package: 'libwebsockets-dev', isHere: () => runs('test', '-f', '/usr/include/libwebsockets.h') },
  { package: 'gcc', isHere: () => runs('gcc', '--version') },
  { package: 'libc6-dev', isHere: () => runs('test', '-f', '/usr/include/stdlib.h') },
  { package: 'nginx-light', isHere: () => isFile('/usr/sbin/nginx') },
  { package: 'redis-server', isHere: () => isFile('/usr/bin/redis-server') },
  { package: 'redis-sentinel', isHere: () => isFile('/usr/bin/redis-sentinel') },
  { package: 'zsh', isHere: () => isFile('/usr/bin/zsh') },
  { package: 'fish', isHere: () => isFile('/usr/bin/fish') },
  { package: 'curl', isHere: () => runs('curl', '--version') },
  { package: 'openssl', isHere: () => runs('openssl', 'version') },
];

installMissing(
  clients,
  'They are looked for as /usr/bin/chromium, /usr/bin/firefox-esr, the modules websockets, msgpack and tornado of /usr/bin/python3, Mojolicious of /usr/bin/perl, libwebsockets.h and stdlib.h in /usr/include, gcc, /usr/sbin/nginx, /usr/bin/redis-server, /usr/bin/redis-sentinel, /usr/bin/zsh, /usr/bin/fish, curl and openssl.',
);

for (const major of [22, 24]) installNode(major);
installReact18();
installRuntimes();
