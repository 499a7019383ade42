import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../config/index.js';
import { ChannelOptionsResolver } from './channel-options-resolver.js';

const yes = { clientPublish: true };
const no = { clientPublish: false };
const resolver = (channels: Record<string, { clientPublish: boolean }>) =>
  new ChannelOptionsResolver(resolveConfig({ channels }));

describe('ChannelOptionsResolver', () => {
  it('takes the exact name before any prefix', () => {
    expect(resolver({ 'chat.*': no, 'chat.lobby': yes, '*': no }).of('chat.lobby')).toEqual(yes);
  });

  it('takes the longest prefix that fits, whatever the order of the options', () => {
    const shortFirst = resolver({ '*': no, 'chat.*': no, 'chat.room.*': yes });
    const longFirst = resolver({ 'chat.room.*': yes, 'chat.*': no, '*': no });
    for (const each of [shortFirst, longFirst]) expect(each.of('chat.room.1')).toEqual(yes);
  });

  it('lets a prefix fit the name that ends with it', () => {
    expect(resolver({ 'chat.*': yes }).of('chat.')).toEqual(yes);
    expect(resolver({ 'chat.*': yes }).of('chat')).toEqual({});
  });

  it('compares exactly, upper and lower case and inherited names too', () => {
    expect(resolver({ news: yes }).of('News')).toEqual({});
    expect(resolver({ news: yes }).of('__proto__')).toEqual({});
    expect(resolver({ news: yes }).of('constructor')).toEqual({});
  });
});
