/** Run first by `npm run test:ops`: sees that the proxies and tools are here, and installs what is missing where it may. */
import { installMissing, isFile, runs } from '../support/debian-packages.mjs';
import { installNode } from '../support/node-versions.mjs';

installMissing(
  [
    { package: 'nginx-light', isHere: () => isFile('/usr/sbin/nginx') },
    { package: 'haproxy', isHere: () => isFile('/usr/sbin/haproxy') },
    { package: 'caddy', isHere: () => isFile('/usr/bin/caddy') },
    { package: 'prometheus', isHere: () => isFile('/usr/bin/promtool') },
    { package: 'buildah', isHere: () => isFile('/usr/bin/buildah') },
    { package: 'busybox-static', isHere: () => isFile('/bin/busybox') },
    { package: 'redis-server', isHere: () => isFile('/usr/bin/redis-server') },
    { package: 'docker-compose', isHere: () => isFile('/usr/bin/docker-compose') },
    { package: 'systemd', isHere: () => isFile('/usr/bin/systemd-analyze') },
    { package: 'util-linux', isHere: () => runs('unshare', '--version') && runs('setpriv', '--version') },
  ],
  'They are looked for as /usr/sbin/nginx, /usr/sbin/haproxy, /usr/bin/caddy, /usr/bin/promtool, /usr/bin/buildah, /bin/busybox, /usr/bin/redis-server, /usr/bin/docker-compose, /usr/bin/systemd-analyze, unshare and setpriv.',
);

installNode(24);
