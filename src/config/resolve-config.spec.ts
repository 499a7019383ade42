import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { resolveConfig } from './resolve-config.js';
import { SkreaverWsConfig } from './skreaver-ws-config.js';

function errorOf(options: unknown, nameOf?: (field: string) => string): ConfigError {
  try {
    Reflect.apply(resolveConfig, undefined, [options, nameOf]);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const upperCase = (field: string): string => field.toUpperCase();

describe('resolveConfig', () => {
  it('uses the default of every field that is not given', () => {
    expect({ ...resolveConfig({}) }).toEqual(Object.fromEntries(Object.entries(new SkreaverWsConfig())));
    expect(resolveConfig({})).toBeInstanceOf(SkreaverWsConfig);
  });

  it('uses the default for undefined', () => {
    const { path, maxConnections } = Reflect.apply(resolveConfig, undefined, [{ path: undefined, maxConnections: 5 }]);
    expect({ path, maxConnections }).toEqual({ path: '/ws', maxConnections: 5 });
  });

  it('accepts an instance of the class', () => {
    expect(resolveConfig(Object.assign(new SkreaverWsConfig(), { path: '/live' })).path).toBe('/live');
  });

  it('returns a deeply frozen configuration', () => {
    const config = resolveConfig({ allowedOrigins: ['*'], channels: { chat: { clientPublish: true } } });
    const { allowedOrigins, trustedProxies, tokenSources, channels } = config;
    for (const part of [config, allowedOrigins, trustedProxies, tokenSources, channels, channels['chat']]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('does not follow a later change of the options, nor freeze them', () => {
    const options = { allowedOrigins: ['https://a.example'], channels: { chat: { clientPublish: true } } };
    const config = resolveConfig(options);
    options.allowedOrigins.push('*');
    options.channels.chat.clientPublish = false;
    expect(config.allowedOrigins).toEqual(['https://a.example']);
    expect(config.channels['chat']).toEqual({ clientPublish: true });
  });

  it('ignores inherited channels', () => {
    const { channels } = resolveConfig({ channels: { chat: {} } });
    expect([channels['constructor'], channels['__proto__'], channels['toString']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['maxConnection', "maxConnection is not known; did you mean 'maxConnections'?"],
    ['max_connections', "max_connections is not known; did you mean 'maxConnections'?"],
    ['PingInterval', "PingInterval is not known; did you mean 'pingInterval'?"],
  ])('rejects the unknown field %s with the name that was probably meant', (field, message) => {
    expect(errorOf({ [field]: 1 }).message).toBe(message);
  });

  it.each(['port', 'constructor', '__proto__', 'toString'])(
    'rejects the unknown field %s with a list of all fields',
    (field) => {
      const { message } = errorOf(Object.fromEntries([[field, 1]]));
      expect(message).toMatch(new RegExp(`^${field} is not known; allowed: path, maxConnections, .*, channels\\.$`));
    },
  );

  it('does not show the value of an unknown field', () => {
    expect(errorOf({ secrt: 'hunter2' }).message).not.toContain('hunter2');
    expect(errorOf({ secrt: 'hunter2' }).problems[0]).not.toHaveProperty('value');
  });

  it('ignores an unknown field that is undefined', () => {
    expect(Reflect.apply(resolveConfig, undefined, [{ port: undefined }])).toBeInstanceOf(SkreaverWsConfig);
  });

  it('reports every problem at once, with field, value and what is allowed', () => {
    expect(errorOf({ pingInterval: 'abc', maxConnections: 0, heartbeat: 'off', nothing: 1 }).problems).toEqual([
      { field: 'nothing', allowed: expect.stringContaining('allowed: path, ') },
      { field: 'maxConnections', value: 0, allowed: 'a whole number from 1 to 1000000000' },
      { field: 'pingInterval', value: 'abc', allowed: 'a whole number of milliseconds from 1 to 2147483647' },
      { field: 'heartbeat', value: 'off', allowed: 'one of "message", "frame"' },
    ]);
  });

  it('uses the given names of fields in its sentences, also for comparisons', () => {
    expect(errorOf({ pongTimeout: 30_000, allowedOrigins: ['x'] }, upperCase).message.split('\n')).toEqual([
      'PONGTIMEOUT is 30000; allowed: less than PINGINTERVAL (30000), so that a pong is due before the next ping.',
      expect.stringMatching(/^ALLOWEDORIGINS\[0\] is "x"; /),
    ]);
  });

  it.each([[null], [undefined], [[]], ['/ws'], [7]])('rejects %j as a configuration', (options) => {
    expect(errorOf(options).message).toMatch(
      /^configuration is .*; allowed: an object with fields of SkreaverWsConfig\.$/,
    );
  });
});
