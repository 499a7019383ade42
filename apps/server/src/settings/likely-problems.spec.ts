import { describe, expect, it } from 'vitest';
import { likelyProblems } from './likely-problems.js';
import { type ServerSettings, serverSettings } from './server-settings.js';

const settings = (env: Record<string, string>): ServerSettings =>
  serverSettings({ SKREAVER_WS_JWT_SECRET: 'x'.repeat(32), SKREAVER_WS_TRUSTED_PROXIES: 'loopback', ...env });
const problems = (env: Record<string, string>, openFiles = 100_000): readonly string[] =>
  likelyProblems(settings(env), openFiles);

describe('the likely problems of valid settings', () => {
  it('are none where the proxies are named, and the limits fit', () => {
    expect(problems({})).toEqual([]);
  });

  it('are that a proxy may be unknown, with the limits that all clients would share', () => {
    expect(problems({ SKREAVER_WS_TRUSTED_PROXIES: '', SKREAVER_WS_MAX_CONNECTIONS_PER_IP: '7' })).toEqual([
      expect.stringMatching(
        /^SKREAVER_WS_TRUSTED_PROXIES is not set: .* 7 of 1000 connections, and 50 at once and 20 a/,
      ),
    ]);
  });

  it('are not that of a proxy for an anonymous server on loopback, which is for one machine', () => {
    expect(likelyProblems(serverSettings({}), 100_000)).toEqual([]);
  });

  it('are that one address can take all connections', () => {
    expect(problems({ SKREAVER_WS_MAX_CONNECTIONS_PER_IP: '1000' })).toEqual([
      expect.stringContaining(
        'SKREAVER_WS_MAX_CONNECTIONS_PER_IP (1000) is not below SKREAVER_WS_MAX_CONNECTIONS (1000)',
      ),
    ]);
  });

  it('are that there may be more connections than open files', () => {
    expect(problems({}, 1511)).toEqual([expect.stringContaining('"ulimit -n" is 1511')]);
    expect(problems({}, 1512)).toEqual([]);
  });
});
