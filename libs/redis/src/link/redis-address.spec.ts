import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-address.js';

const plain = {
  isTls: false,
  username: undefined,
  password: undefined,
  database: 0,
  sentinel: undefined,
  seeds: undefined,
};

describe('the URL of a Redis', () => {
  it.each([
    ['redis://localhost', { ...plain, host: 'localhost', port: 6379 }],
    ['redis://10.0.0.1:7000/3', { ...plain, host: '10.0.0.1', port: 7000, database: 3 }],
    ['rediss://[::1]:7000', { ...plain, isTls: true, host: '::1', port: 7000 }],
    ['redis://:p%40ss@h', { ...plain, host: 'h', port: 6379, password: 'p@ss' }],
    ['redis://ann:a:b@h', { ...plain, host: 'h', port: 6379, username: 'ann', password: 'a:b' }],
    [
      'redis+sentinel://:s@a,b:26380/main/2',
      {
        ...plain,
        host: 'a',
        port: 26_379,
        password: 's',
        database: 2,
        sentinel: {
          name: 'main',
          addresses: [
            { host: 'a', port: 26_379 },
            { host: 'b', port: 26_380 },
          ],
        },
      },
    ],
    [
      'rediss+cluster://ann:s@a,b:7000',
      {
        ...plain,
        host: 'a',
        port: 6379,
        isTls: true,
        username: 'ann',
        password: 's',
        seeds: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7000 },
        ],
      },
    ],
  ])('%s is understood', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  it.each([
    ['http://secret@h', /none of redis:/],
    ['redis://:secret@a,b', /none of redis:/],
    ['redis://:secret@h/x', /none of redis:/],
    ['redis://:secret@h/1/2', /none of redis:/],
    ['redis://:secret@', /a host that is none/],
    ['redis://:secret%@h', /% that is not followed/],
    ['redis+sentinel://:secret@a,b', /has to name the primary/],
  ])('%s is refused with a sentence that does not show it', (url, sentence) => {
    expect(() => parseRedisUrl(url)).toThrow(sentence);
    expect(() => parseRedisUrl(url)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
