import { describe, expect, it } from 'vitest';
import { resolveConfig } from './resolve-config.js';

const OPTIONS = 'clientPublish, history, presence, joinLeave, overflow, mirror';

const resolve = (channels: unknown): unknown => Reflect.apply(resolveConfig, undefined, [{ channels }]);

describe('channels', () => {
  it.each([
    'chat',
    'chat*',
    '*',
    'tenant:*:agents',
    '*:agents',
    '*:*:a',
    'a:*:*',
    'a:*:b*',
    '*:*',
    'a'.repeat(255),
    `${'a'.repeat(255)}*`,
    'A.b_c:d/e-0',
    '__proto__',
  ])('accept the pattern %j', (pattern) => {
    const { channels } = resolveConfig({ channels: { [pattern]: { clientPublish: true } } });
    expect(Object.keys(channels)).toEqual([pattern]);
    expect(channels[pattern]?.clientPublish).toBe(true);
  });

  it.each([
    '',
    'a*b',
    'a*:b',
    'a:*b',
    'a:**:b',
    'a:*:**',
    '**',
    'chat**',
    '*chat',
    'a b',
    'ä',
    'a\n',
    'a'.repeat(256),
    `${'a'.repeat(256)}*`,
  ])('reject the pattern %j', (pattern) => {
    expect(() => resolve({ [pattern]: {} })).toThrow(/^channels pattern is ".*; allowed: a channel name/);
  });

  it('use the default for an option that is undefined', () => {
    expect(resolve({ chat: { clientPublish: undefined } })).toBeDefined();
  });

  it('reject an invalid option with its path', () => {
    expect(() => resolve({ ok: {}, 'chat*': { clientPublish: 'yes' } })).toThrow(
      'channels["chat*"].clientPublish is "yes"; allowed: true or false.',
    );
  });

  it('reject an unknown option with the name that was probably meant', () => {
    expect(() => resolve({ chat: { client_publish: true } })).toThrow(
      `channels["chat"].client_publish is not known; did you mean 'clientPublish'?`,
    );
  });

  it.each(['other', 'constructor', '__proto__'])(
    'reject the unknown option %j with a list of all options',
    (option) => {
      expect(() => resolve({ chat: Object.fromEntries([[option, true]]) })).toThrow(
        `channels["chat"].${option} is not known; allowed: ${OPTIONS}.`,
      );
    },
  );

  it.each([[true], [null], [[]], [new Map()]])('reject %j as the options of a channel', (options) => {
    expect(() => resolve({ chat: options })).toThrow(
      `channels["chat"] is ${JSON.stringify(options)}; allowed: an object with any of ${OPTIONS}.`,
    );
  });

  it.each([['chat'], [['chat']], [new Map([['chat', {}]])]])('reject %j as a map of channels', (channels) => {
    expect(() => resolve(channels)).toThrow('allowed: an object of channel options by pattern.');
  });

  it.each([
    [{ history: { size: 1, ttl: 1 } }],
    [{ history: { size: 1_000_000, ttl: 2_147_483_647 } }],
    [{ presence: true }],
    [{ presence: true, joinLeave: true }],
    [{ joinLeave: false }],
    [{ overflow: 'disconnect' }],
    [{ overflow: 'drop_oldest' }],
    [{ overflow: 'latest' }],
    [{ mirror: 'agents' }],
  ])('accept the options %j', (options) => {
    expect(resolve({ chat: options })).toHaveProperty('channels.chat', options);
  });

  it.each([0, 1_000_001, 1.5, '10', undefined])('reject a history of %j events', (size) => {
    expect(() => resolve({ chat: { history: { size, ttl: 1000 } } })).toThrow(
      /^channels\["chat"\]\.history\.size is .*; allowed: a whole number from 1 to 1000000\.$/,
    );
  });

  it.each([0, 2_147_483_648, 1.5, '5m', undefined])('reject a history of %j ms', (ttl) => {
    expect(() => resolve({ chat: { history: { size: 10, ttl } } })).toThrow(
      /^channels\["chat"\]\.history\.ttl is .*; allowed: a whole number of milliseconds from 1 to 2147483647\.$/,
    );
  });

  it.each([true, 100, null, []])('reject %j as a history', (history) => {
    expect(() => resolve({ chat: { history } })).toThrow(
      `channels["chat"].history is ${JSON.stringify(history)}; allowed: an object with size and ttl, such as {"size":100,"ttl":300000}.`,
    );
  });

  it('reject an unknown limit of a history with the name that was probably meant', () => {
    expect(() => resolve({ chat: { history: { size: 10, ttl: 1000, tll: 5 } } })).toThrow(
      `channels["chat"].history.tll is not known; did you mean 'ttl'?`,
    );
  });

  it.each([{ joinLeave: true }, { joinLeave: true, presence: false }])(
    'reject %j, as nobody would be a member',
    (options) => {
      expect(() => resolve({ chat: options })).toThrow(
        'channels["chat"].joinLeave is true; allowed: true only where presence is true.',
      );
    },
  );

  it('reject an unknown overflow', () => {
    expect(() => resolve({ chat: { overflow: 'drop' } })).toThrow(
      'channels["chat"].overflow is "drop"; allowed: one of "disconnect", "drop_oldest", "latest".',
    );
  });

  it.each(['', 'agent:*', 'a b', 1, null])('reject %j as a mirror', (mirror) => {
    expect(() => resolve({ chat: { mirror } })).toThrow(
      `channels["chat"].mirror is ${JSON.stringify(mirror)}; allowed: a channel name (1 to 255 characters of A-Z a-z 0-9 . _ : / -).`,
    );
  });

  it('report every problem of a channel', () => {
    expect(() => resolve({ chat: { history: { size: 0 }, overflow: 1, other: 2 } })).toThrow(
      /other is not known.*\n.*history\.size is 0.*\n.*history\.ttl is undefined.*\n.*overflow is 1/,
    );
  });
});
