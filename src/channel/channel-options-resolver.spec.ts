import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../config/index.js';
import { ChannelOptionsResolver } from './channel-options-resolver.js';

const yes = { clientPublish: true };
const no = { clientPublish: false };
const resolver = (channels: Record<string, { clientPublish: boolean }>) =>
  new ChannelOptionsResolver(resolveConfig({ channels }));

describe('ChannelOptionsResolver', () => {
  it('prefers the exact name to any prefix', () => {
    expect(resolver({ 'chat.*': no, 'chat.lobby': yes, '*': no }).of('chat.lobby')).toEqual(yes);
  });

  it('prefers the longest matching prefix, whatever the order of the options', () => {
    const shortFirst = resolver({ '*': no, 'chat.*': no, 'chat.room.*': yes });
    const longFirst = resolver({ 'chat.room.*': yes, 'chat.*': no, '*': no });
    for (const each of [shortFirst, longFirst]) expect(each.of('chat.room.1')).toEqual(yes);
  });

  it('matches a name that ends with the prefix itself', () => {
    expect(resolver({ 'chat.*': yes }).of('chat.')).toEqual(yes);
    expect(resolver({ 'chat.*': yes }).of('chat')).toEqual({});
  });

  it('compares exactly: case matters, and inherited names do not match', () => {
    expect(resolver({ news: yes }).of('News')).toEqual({});
    expect(resolver({ news: yes }).of('__proto__')).toEqual({});
    expect(resolver({ news: yes }).of('constructor')).toEqual({});
  });

  it.each([
    ['tenant:7:agents', true],
    ['tenant:a.b/c:agents', true],
    ['tenant::agents', false],
    ['tenant:7:8:agents', false],
    ['tenant:7:agents:1', false],
    ['xtenant:7:agents', false],
    ['tenant:7:agent', false],
  ])('matches one segment by an inner *: %s is %s', (channel, isMatch) => {
    expect(resolver({ 'tenant:*:agents': yes }).of(channel)).toEqual(isMatch ? yes : {});
  });

  it('matches any rest by a * at the end, after inner ones too, and takes other characters as they are', () => {
    const each = resolver({ '*:log.v1-x/y:*': yes });
    for (const channel of ['a:log.v1-x/y:', 'a:log.v1-x/y:b:c']) expect(each.of(channel)).toEqual(yes);
    for (const channel of ['a:logxv1-x/y:b', ':log.v1-x/y:b', 'a:b:log.v1-x/y:c']) expect(each.of(channel)).toEqual({});
  });

  it('prefers the pattern with more literal characters, then with a later *, whatever the order of the options', () => {
    const rules = [
      ['tenant:7:agents', 'exact'],
      ['tenant:*:agents', 'more literals'],
      ['tenant:7:*', 'fewer literals'],
      ['a:*:b', 'earlier *'],
      ['a:b:*', 'later *'],
      ['*', 'any'],
    ] as const;
    for (const order of [rules, rules.toReversed()]) {
      const each = new ChannelOptionsResolver(
        resolveConfig({ channels: Object.fromEntries(order.map(([key]) => [key, {}])) }),
      );
      const keyOf = (channel: string): string => each.describe(channel);
      expect(keyOf('tenant:7:agents')).toBe('channels["tenant:7:agents"] applies');
      expect(keyOf('tenant:8:agents')).toBe('channels["tenant:*:agents"] applies');
      expect(keyOf('tenant:7:tasks')).toBe('channels["tenant:7:*"] applies');
      expect(keyOf('a:b:b')).toBe('channels["a:b:*"] applies');
      expect(keyOf('other')).toBe('channels["*"] applies');
    }
  });

  it('says that no rule matches', () => {
    expect(resolver({ news: yes }).describe('other')).toBe('no rule of `channels` matches');
  });

  it('decides the same again on more names than it remembers, whichever rule they have', () => {
    const keys = ['a:*:x', 'a:*', 'b:*:x', 'b:*:y', 'c*'];
    const each = new ChannelOptionsResolver(
      resolveConfig({ channels: Object.fromEntries([...keys, 'c'].map((key) => [key, {}])) }),
    );
    const expected = (name: string, key?: string) => {
      const rule = key === undefined ? 'no rule of `channels` matches' : `channels["${key}"] applies`;
      expect(each.describe(name)).toBe(rule);
    };
    for (let round = 0; round < 2; round += 1) {
      for (let at = 0; at < 6000; at += 1) {
        expected(`a:${at}:x`, 'a:*:x');
        expected(`b:${at}:z`);
        expected('c', 'c');
        expected('cc', 'c*');
      }
    }
  });

  it('remembers at most 10,000 names, however many a client makes up', () => {
    const channels = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((key) => [`${key}:*`, {}]));
    const each = new ChannelOptionsResolver(resolveConfig({ channels: { ...channels, exact: {} } }));
    const remembered = () => (Reflect.get(each, 'rules') as ReadonlyMap<string, unknown>).size;
    let most = 0;
    for (let at = 0; at < 25_000; at += 1) {
      each.of(`a:${at}`);
      most = Math.max(most, remembered());
    }
    expect(most).toBe(10_001);
  });

  it('decides on a long name that almost matches within microseconds', () => {
    const each = resolver({ [`${'*:'.repeat(100)}end`]: yes });
    const startedAt = performance.now();
    for (let left = 100; left > 0; left -= 1) expect(each.of('a:'.repeat(127))).toEqual({});
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
