import { execFileSync } from 'node:child_process';
import type { ProxyKind } from './proxy.js';

const nginx: ProxyKind = {
  name: 'nginx',
  file: 'proxies/nginx.conf',
  place: ({ dir, port, backend }) => [
    ['listen 80;', `listen 127.0.0.1:${port};`],
    ['server 127.0.0.1:8080;', `server 127.0.0.1:${backend};`],
    ['worker_rlimit_nofile 65536;', ''],
    [
      'http {',
      `http { ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${dir}/${kind};`).join(' ')}`,
    ],
  ],
  second: (_backend, other) => ['# server 127.0.0.1:8081;', `server 127.0.0.1:${other};`],
  timeout: (time) => ['proxy_read_timeout 75s;', `proxy_read_timeout ${time};`],
  gone: ['return 404;', 'return 410;'],
  command: '/usr/sbin/nginx',
  start: (config, dir) => ['-p', dir, '-c', config, '-g', `daemon off; pid ${dir}/pid; error_log stderr;`],
  check: (config) => ['-t', '-q', '-c', config, '-g', `pid ${config}.pid;`],
  reload: 'SIGHUP',
  keepsWebSocketsAtReload: true,
};

const haproxy: ProxyKind = {
  name: 'HAProxy',
  file: 'proxies/haproxy.cfg',
  place: ({ port, backend }) => [
    ['bind :80 ', `bind 127.0.0.1:${port} `],
    ['127.0.0.1:8080\n', `127.0.0.1:${backend}\n`],
  ],
  second: (_backend, other) => ['# server node2 127.0.0.1:8081', `server node2 127.0.0.1:${other}`],
  timeout: (time) => ['timeout tunnel 75s', `timeout tunnel ${time}`],
  gone: ['status 404', 'status 410'],
  command: '/usr/sbin/haproxy',
  start: (config) => ['-W', '-f', config],
  check: (config) => ['-c', '-q', '-f', config],
  reload: 'SIGUSR2',
  keepsWebSocketsAtReload: true,
};

const [, minor = 0] = execFileSync('/usr/bin/caddy', ['version'], { encoding: 'utf8' })
  .replace('v', '')
  .split('.')
  .map(Number);
/** Whether this Caddy knows `stream_close_delay`: Debian's may be older. */
const canDelayClosing = minor >= 7;

const caddy: ProxyKind = {
  name: 'Caddy',
  file: 'proxies/Caddyfile',
  place: ({ port, adminPort, backend }) => [
    [':80 {\n', `{\n\tadmin 127.0.0.1:${adminPort}\n}\n:${port} {\n\tbind 127.0.0.1\n`],
    ['reverse_proxy 127.0.0.1:8080 {', `reverse_proxy 127.0.0.1:${backend} {`],
    ...(canDelayClosing ? [] : ([['\t\t\tstream_close_delay 1h\n', '']] as const)),
  ],
  second: (backend, other) => [
    `reverse_proxy 127.0.0.1:${backend} {`,
    `reverse_proxy 127.0.0.1:${backend} 127.0.0.1:${other} {`,
  ],
  gone: ['respond 404', 'respond 410'],
  command: '/usr/bin/caddy',
  start: (config) => ['run', '--adapter', 'caddyfile', '--config', config],
  check: (config) => ['validate', '--adapter', 'caddyfile', '--config', config],
  reload: (config, { adminPort }) => [
    'reload',
    '--adapter',
    'caddyfile',
    '--config',
    config,
    '--address',
    `127.0.0.1:${adminPort}`,
  ],
  keepsWebSocketsAtReload: canDelayClosing,
};

export const proxies = [nginx, haproxy, caddy];
