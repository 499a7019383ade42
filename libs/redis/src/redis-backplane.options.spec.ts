import { describe, expect, it } from 'vitest';
import { resolveOptions } from './redis-backplane.options.js';

const URL_OF_REDIS = 'redis://:secret@one';

describe('the options of the Redis backplane', () => {
  it('name one Redis, or several in their order', () => {
    expect(resolveOptions({ url: URL_OF_REDIS }).addresses).toMatchObject([{ host: 'one' }]);
    const { addresses } = resolveOptions({ urls: ['redis://two', URL_OF_REDIS, 'redis://two/1'] });
    expect(addresses.map(({ host, database }) => [host, database])).toEqual([
      ['two', 0],
      ['one', 0],
      ['two', 1],
    ]);
  });

  it.each([
    [{}, 'The Redis backplane needs either a url or urls.'],
    [{ urls: [] }, 'The Redis backplane needs either a url or urls.'],
    [{ url: URL_OF_REDIS, urls: ['redis://two'] }, 'The Redis backplane needs either a url or urls.'],
    [{ urls: [URL_OF_REDIS, 'redis://ann@one:6379/0'] }, 'The Redis backplane has one Redis twice in its urls.'],
    [{ url: URL_OF_REDIS, prefix: 'a b' }, /^The prefix of the Redis backplane /],
    [{ url: URL_OF_REDIS, recentMaxBytes: -1 }, /^recentMaxBytes of the Redis backplane /],
  ])('%j are refused in one sentence, without a password', (options, sentence) => {
    expect(() => resolveOptions(options)).toThrow(sentence);
    expect(() => resolveOptions(options)).not.toThrow('secret');
  });
});
