import { describe, expect, it } from 'vitest';
import { RedisInfo, checkFitness, evictionWarning, isPrimary } from './fitness.js';

const infoOf = (fields: Readonly<Record<string, string>>): RedisInfo =>
  new RedisInfo(
    `# Server\r\n${Object.entries(fields)
      .map(([name, value]) => `${name}:${value}\r\n`)
      .join('')}`,
  );

describe('the fitness of a Redis', () => {
  it.each(['6.2.0', '6.2.14', '7.0.15', '8.2.1', '10.0.0'])('is given from version 6.2 on: %s', (version) => {
    expect(() => checkFitness(infoOf({ redis_version: version, redis_mode: 'standalone' }))).not.toThrow();
  });

  it.each(['6.0.16', '5.0.14', '2.8.24', 'x'])('is not given before: %s', (version) => {
    expect(() => checkFitness(infoOf({ redis_version: version }))).toThrow(`Redis is version ${version}; `);
  });

  it.each(['redis_mode', 'server_mode'])('is given in a Redis Cluster where the option says so: %s', (field) => {
    const info = infoOf({ redis_version: '7.2.4', [field]: 'cluster' });
    expect(() => checkFitness(info)).toThrow(/^Redis is a node of a Redis Cluster; set the option `cluster: true`/);
    expect(() => checkFitness(info, true)).not.toThrow();
    const alone = infoOf({ redis_version: '7.2.4', [field]: 'standalone' });
    expect(() => checkFitness(alone, true)).toThrow('Redis is not a node of a Redis Cluster; ');
  });

  it('is given in a Redis Cluster from version 7 on', () => {
    const info = infoOf({ redis_version: '6.2.14', redis_mode: 'cluster' });
    expect(() => checkFitness(info, true)).toThrow(
      'Redis is version 6.2.14; Skreaver WS needs 7.0 or later in a Redis Cluster.',
    );
  });

  it('includes its role', () => {
    expect([isPrimary(infoOf({ role: 'master' })), isPrimary(infoOf({ role: 'slave' }))]).toEqual([true, false]);
  });

  it('has a warning where keys may be dropped', () => {
    const warningOf = (policy: string, maxmemory: string) =>
      evictionWarning(infoOf({ maxmemory_policy: policy, maxmemory }));
    expect(warningOf('allkeys-lru', '1048576')).toMatch(/^Redis has maxmemory-policy allkeys-lru: .*\.$/);
    expect(warningOf('volatile-ttl', '1048576')).toBeDefined();
    expect(warningOf('allkeys-lru', '0')).toBeUndefined();
    expect(warningOf('noeviction', '1048576')).toBeUndefined();
  });
});
