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
});
