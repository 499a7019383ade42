import { describe, expect, it } from 'vitest';
import { resolveConfig } from './resolve-config.js';

const resolve = (channels: unknown): unknown => Reflect.apply(resolveConfig, undefined, [{ channels }]);

describe('channels', () => {
  it.each(['chat', 'chat*', '*', 'a'.repeat(255), `${'a'.repeat(255)}*`, 'A.b_c:d/e-0', '__proto__'])(
    'take the pattern %j',
    (pattern) => {
      const { channels } = resolveConfig({ channels: { [pattern]: { clientPublish: true } } });
      expect(Object.keys(channels)).toEqual([pattern]);
      expect(channels[pattern]?.clientPublish).toBe(true);
    },
  );

  it.each(['', 'a*b', '**', 'chat**', '*chat', 'a b', 'ä', 'a\n', 'a'.repeat(256), `${'a'.repeat(256)}*`])(
    'refuse the pattern %j',
    (pattern) => {
      expect(() => resolve({ [pattern]: {} })).toThrow(/^channels pattern is ".*; allowed: a channel name/);
    },
  );

  it('take an option that is undefined as its default', () => {
    expect(resolve({ chat: { clientPublish: undefined } })).toBeDefined();
  });

  it('refuse a wrong option with its place', () => {
    expect(() => resolve({ ok: {}, 'chat*': { clientPublish: 'yes' } })).toThrow(
      'channels["chat*"].clientPublish is "yes"; allowed: true or false.',
    );
  });

  it('refuse an unknown option with the one that was meant', () => {
    expect(() => resolve({ chat: { client_publish: true } })).toThrow(
      `channels["chat"].client_publish is not known; did you mean 'clientPublish'?`,
    );
  });

  it.each(['other', 'constructor', '__proto__'])('refuse the unknown option %j with all that there are', (option) => {
    expect(() => resolve({ chat: Object.fromEntries([[option, true]]) })).toThrow(
      `channels["chat"].${option} is not known; allowed: clientPublish.`,
    );
  });

  it.each([[true], [null], [[]], [new Map()]])('refuse %j as the options of a channel', (options) => {
    expect(() => resolve({ chat: options })).toThrow(
      `channels["chat"] is ${JSON.stringify(options)}; allowed: an object with any of clientPublish.`,
    );
  });

  it.each([['chat'], [['chat']], [new Map([['chat', {}]])]])('refuse %j as a map of channels', (channels) => {
    expect(() => resolve(channels)).toThrow('allowed: an object of channel options by pattern.');
  });
});
