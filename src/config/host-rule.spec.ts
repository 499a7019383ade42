import { expect, it } from 'vitest';
import { resolveConfig } from './resolve-config.js';

it.each(['loopback', 'localhost', 'agents.example.com', 'my_host', '127.0.0.1', '::1'])(
  'allowedHosts take %j',
  (host) => {
    expect(resolveConfig({ allowedHosts: [host] }).allowedHosts).toEqual([host]);
  },
);

it.each(['', 'Agents.example.com', 'agents.example.com:8080', '[::1]', '*.example.com', 'a/b', 7])(
  'allowedHosts refuse %j',
  (host) => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ allowedHosts: [host] }])).toThrow(
      `allowedHosts[0] is ${JSON.stringify(host)}; allowed: a host name`,
    );
  },
);
