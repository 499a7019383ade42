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

  it('name a Redis Cluster by some of its servers, with the login of the first', () => {
    const hosts = (options: Parameters<typeof resolveOptions>[0]) => {
      const { isCluster, addresses } = resolveOptions(options);
      return [isCluster, ...addresses.map(({ host, password }) => [host, password].join())];
    };
    const expected = [true, 'one,secret', 'two,secret'];
    expect(hosts({ urls: [URL_OF_REDIS, 'redis://two'], cluster: true })).toEqual(expected);
    expect(hosts({ url: 'redis+cluster://:secret@one,two' })).toEqual(expected);
    expect(hosts({ url: 'redis+cluster://:secret@one,two', cluster: true })).toEqual(expected);
    expect(hosts({ url: URL_OF_REDIS })).toEqual([false, 'one,secret']);
  });

  it.each([
    [{ urls: [URL_OF_REDIS, 'redis+cluster://two'] }, /^The Redis backplane has a Redis Cluster beside other Redis, /],
    [{ url: 'redis+cluster://:secret@one', cluster: false }, /, or with cluster: false\.$/],
    [{ url: 'redis://:secret@one/1', cluster: true }, /^The Redis backplane has a database in the URL of a cluster, /],
    [{ url: 'redis+sentinel://:secret@one/main', cluster: true }, /^The Redis backplane has Sentinels /],
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
