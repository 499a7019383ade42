import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hashOfKey } from '../authentication/index.js';
import { serverSettings } from './server-settings.js';
import { SettingsError } from './settings-error.js';

const SECRET = 's'.repeat(32);
const API_KEY = 'an-api-key-of-some-length';
const directory = mkdtempSync(join(tmpdir(), 'skreaver-settings-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    serverSettings(env);
    return [];
  } catch (error) {
    return error instanceof SettingsError ? error.sentences : [`threw ${String(error)}`];
  }
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const publicJwk = publicKey.export({ format: 'jwk' });

describe('a server without settings', () => {
  it('has anonymous clients, listens on loopback only, and warns of it', () => {
    expect(serverSettings({})).toEqual({
      module: { allowedHosts: ['loopback'] },
      isDevelopment: true,
      port: 8080,
      workers: 1,
      host: '127.0.0.1',
      authentication: undefined,
      apiAccess: { kind: 'open' },
      metricsAccess: { kind: 'open' },
      redis: undefined,
      logLevel: 'info',
      warnings: [expect.stringContaining('No authentication is set')],
    });
  });

  it('refuses to start in production, unless SKREAVER_WS_AUTH is none', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
      'NODE_ENV is "production" and no authentication is set; set SKREAVER_WS_JWT_SECRET, SKREAVER_WS_JWT_JWKS or SKREAVER_WS_API_KEYS, or SKREAVER_WS_AUTH=none to let everyone connect.',
    ]);
    const settings = serverSettings({ NODE_ENV: 'production', SKREAVER_WS_AUTH: 'none' });
    expect(settings.host).toBe('127.0.0.1');
    expect(settings.warnings).toEqual([expect.stringContaining('SKREAVER_WS_AUTH=none')]);
  });
});

describe('the port', () => {
  it('is SKREAVER_WS_PORT or otherwise PORT', () => {
    expect(serverSettings({ SKREAVER_WS_PORT: '0', PORT: '81' }).port).toBe(0);
    expect(serverSettings({ PORT: '81' }).port).toBe(81);
    expect(serverSettings({ SKREAVER_WS_PORT: ' 65535 ' }).port).toBe(65_535);
  });

  it.each(['65536', '-1', '80.5', 'http', '0x50', '1e3'])('rejects %j', (port) => {
    const allowed = 'allowed: a port number from 0 to 65535 (0 takes a free one).';
    expect(problemsOf({ SKREAVER_WS_PORT: port })).toEqual([`SKREAVER_WS_PORT is "${port}"; ${allowed}`]);
    expect(problemsOf({ PORT: port })).toEqual([`PORT is "${port}"; ${allowed}`]);
  });

  it('is not taken from the variable that Kubernetes sets for a service of that name, and a warning tells so', () => {
    const { port, warnings } = serverSettings({ SKREAVER_WS_PORT: 'tcp://10.0.0.1:80', PORT: '9000' });
    expect(port).toBe(9000);
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^SKREAVER_WS_PORT is "tcp:\/\/10\.0\.0\.1:80", which Kubernetes sets .* port 9000 is used\./,
      ),
    );
  });
});

describe('the host', () => {
  const token = { SKREAVER_WS_JWT_SECRET: SECRET };

  it('is every address when there is authentication', () => {
    expect(serverSettings(token).host).toBe('0.0.0.0');
    expect(serverSettings({ ...token, SKREAVER_WS_HOST: '10.1.2.3' }).host).toBe('10.1.2.3');
  });

  it.each([
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['localhost', 'localhost'],
    ['127.9.9.9', '127.9.9.9'],
  ])('may be the loopback address %j without authentication', (host, bound) => {
    expect(serverSettings({ SKREAVER_WS_HOST: host })).toMatchObject({ host: bound, apiAccess: { kind: 'open' } });
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com'])('may not be %j without authentication', (host) => {
    expect(problemsOf({ SKREAVER_WS_HOST: host })).toEqual([
      `SKREAVER_WS_HOST is "${host}"; allowed: a loopback address while no authentication is set, or any with SKREAVER_WS_AUTH=none.`,
    ]);
    expect(serverSettings({ SKREAVER_WS_HOST: host, SKREAVER_WS_AUTH: 'none' })).toMatchObject({
      host,
      apiAccess: { kind: 'closed' },
    });
  });

  it.each(['http://a', 'a:80', '1.2.3.4:80', '[::1]:80', 'a b'])('rejects %j', (host) => {
    expect(problemsOf({ ...token, SKREAVER_WS_HOST: host })).toEqual([
      `SKREAVER_WS_HOST is "${host}"; allowed: an address or a host name without a port, such as 0.0.0.0.`,
    ]);
  });
});

describe('SKREAVER_WS_AUTH', () => {
  it('accepts none only', () => {
    expect(problemsOf({ SKREAVER_WS_AUTH: 'jwt' })).toEqual(['SKREAVER_WS_AUTH is "jwt"; allowed: none, or not set.']);
  });

  it('cannot be none when keys are set', () => {
    expect(problemsOf({ SKREAVER_WS_AUTH: 'none', SKREAVER_WS_JWT_SECRET: SECRET })).toEqual([
      'SKREAVER_WS_AUTH is "none" while SKREAVER_WS_JWT_SECRET is set; remove one or the other.',
    ]);
  });
});

describe('SKREAVER_WS_JWT_SECRET', () => {
  it('needs at least 32 bytes, and its value is not shown', () => {
    expect(serverSettings({ SKREAVER_WS_JWT_SECRET: 'ä'.repeat(16) }).authentication?.jwt?.secret).toHaveLength(32);
    expect(problemsOf({ SKREAVER_WS_JWT_SECRET: 'x'.repeat(31) })).toEqual([
      'SKREAVER_WS_JWT_SECRET is 31 bytes long; allowed: at least 32 bytes (HS256), such as the output of: openssl rand -hex 32.',
    ]);
  });

  it('keeps leading and trailing blanks', () => {
    const { authentication } = serverSettings({ SKREAVER_WS_JWT_SECRET: ` ${SECRET} ` });
    expect(authentication?.jwt?.secret).toHaveLength(34);
  });
});

const keysOf = (source: string): unknown => serverSettings({ SKREAVER_WS_JWT_JWKS: source }).authentication?.jwt?.keys;

const warned = (url: string): boolean =>
  serverSettings({ SKREAVER_WS_JWT_JWKS: url }).warnings.some((warning) => warning.includes('is an http URL'));

describe('SKREAVER_WS_JWT_JWKS', () => {
  it('accepts a file with a JWKS, and leaves out its secrets', () => {
    const path = fileWith('keys.json', JSON.stringify({ keys: [publicJwk, { kty: 'oct', k: 'AAAA' }] }));
    expect(keysOf(path)).toEqual({ kind: 'jwks', jwks: { keys: [publicJwk] } });
  });

  it('accepts a file with a PEM public key', () => {
    expect(keysOf(fileWith('key.pem', publicPem))).toMatchObject({ kind: 'pem', key: { type: 'public' } });
  });

  it('accepts a URL, and warns of a plain http one that is not local', () => {
    expect(keysOf('https://id.example/jwks')).toEqual({ kind: 'url', url: new URL('https://id.example/jwks') });
    expect(warned('https://id.example/jwks')).toBe(false);
    expect(warned('http://localhost:1/jwks')).toBe(false);
    expect(warned('http://id.example/jwks')).toBe(true);
  });

  it.each([
    ['missing.json', undefined, 'which cannot be read (ENOENT)'],
    ['text', 'hello', 'which is neither PEM nor JSON'],
    ['object.json', '{}', 'which has no "keys" array of JSON Web Keys'],
    ['wrong.json', '{"keys":[1]}', 'which has no "keys" array of JSON Web Keys'],
    ['none.json', '{"keys":[]}', 'which has no public key'],
    ['oct.json', '{"keys":[{"kty":"oct","k":"AAAA"}]}', 'which has no public key'],
    ['private.json', JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }), 'which holds a private key'],
    ['private.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'which holds a private key'],
    ['broken.pem', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', 'which is not a PEM public key'],
  ])('rejects %s', (name, content, reason) => {
    const path = content === undefined ? join(directory, name) : fileWith(name, content);
    const [problem, ...others] = problemsOf({ SKREAVER_WS_JWT_JWKS: path });
    expect(others).toEqual([]);
    expect(problem).toContain(`SKREAVER_WS_JWT_JWKS is "${path}", ${reason}`);
    expect(problem).toContain('; allowed: a file with a JWKS (RFC 7517) or a PEM public key, or an http(s) URL');
  });

  it('rejects an invalid URL', () => {
    expect(problemsOf({ SKREAVER_WS_JWT_JWKS: 'https://' })).toEqual([
      expect.stringContaining('SKREAVER_WS_JWT_JWKS is "https://"; allowed: a file with a JWKS'),
    ]);
  });

  it('warns when no audience is set', () => {
    const env = { SKREAVER_WS_JWT_JWKS: fileWith('audience.pem', publicPem) };
    const warning = expect.stringContaining('SKREAVER_WS_JWT_AUDIENCE is not set');
    expect(serverSettings(env).warnings).toEqual([warning]);
    expect(serverSettings({ ...env, SKREAVER_WS_JWT_AUDIENCE: 'us' }).warnings).toEqual([]);
  });
});

describe('the other settings of JWTs', () => {
  it('have lists of audiences and issuers', () => {
    const { authentication } = serverSettings({
      SKREAVER_WS_JWT_SECRET: SECRET,
      SKREAVER_WS_JWT_AUDIENCE: 'a, b',
      SKREAVER_WS_JWT_ISSUER: 'c',
    });
    expect(authentication?.jwt).toMatchObject({ audience: ['a', 'b'], issuer: ['c'] });
  });

  it.each([
    ['0', 0],
    ['5s', 5],
    ['10m', 600],
  ])('accept a clock tolerance of %s', (text, seconds) => {
    const env = { SKREAVER_WS_JWT_SECRET: SECRET, SKREAVER_WS_JWT_CLOCK_TOLERANCE: text };
    expect(serverSettings(env).authentication?.jwt?.clockTolerance).toBe(seconds);
  });

  it.each(['-1', '11m', 'soon'])('reject a clock tolerance of %s', (text) => {
    expect(problemsOf({ SKREAVER_WS_JWT_SECRET: SECRET, SKREAVER_WS_JWT_CLOCK_TOLERANCE: text })).toEqual([
      `SKREAVER_WS_JWT_CLOCK_TOLERANCE is "${text}"; allowed: a duration from 0 to 10m, such as 5s.`,
    ]);
  });

  it.each([
    ['SKREAVER_WS_JWT_AUDIENCE', 'a'],
    ['SKREAVER_WS_JWT_ISSUER', 'a'],
    ['SKREAVER_WS_JWT_CLOCK_TOLERANCE', '5s'],
  ])('reject %s without a key', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([
      `${name} is set without a key; set SKREAVER_WS_JWT_SECRET or SKREAVER_WS_JWT_JWKS too.`,
    ]);
  });
});

describe('SKREAVER_WS_API_KEYS', () => {
  it('contains keys and their users, and only hashes are kept', () => {
    const { authentication } = serverSettings({
      SKREAVER_WS_API_KEYS: `${API_KEY}==alice, other-key-of-some-length=bob`,
    });
    expect(authentication?.apiKeys.map(({ userId }) => userId)).toEqual(['alice', 'bob']);
    expect(JSON.stringify(authentication)).not.toContain(API_KEY);
  });

  it.each(['hunter2', '=alice', 'hunter2=', `${API_KEY}=alice,`])('rejects %j without showing it', (text) => {
    const [problem] = problemsOf({ SKREAVER_WS_API_KEYS: text });
    expect(problem).toMatch(/^SKREAVER_WS_API_KEYS has an entry \d that is not key=user; allowed: key=user, separated/);
    expect(problem).not.toContain('hunter2');
  });

  it('rejects a key that appears twice', () => {
    expect(problemsOf({ SKREAVER_WS_API_KEYS: `${API_KEY}=a,${API_KEY}=b` })).toEqual([
      'SKREAVER_WS_API_KEYS has the key of entry 2 twice; allowed: each key once.',
    ]);
  });

  it('causes one warning for all short keys', () => {
    const { warnings } = serverSettings({ SKREAVER_WS_API_KEYS: 'short=a,brief=b' });
    expect(warnings).toEqual(['SKREAVER_WS_API_KEYS has a key shorter than 16 characters, which can be guessed.']);
  });
});

describe('SKREAVER_WS_PUBLISH_KEYS', () => {
  it('opens the API to holders of a key', () => {
    const { apiAccess } = serverSettings({ SKREAVER_WS_PUBLISH_KEYS: `${API_KEY},${API_KEY}2` });
    expect(apiAccess).toEqual({ kind: 'keys', hashes: [expect.any(Buffer), expect.any(Buffer)] });
  });

  it('leaves the API closed when it is not set and clients need a token', () => {
    expect(serverSettings({ SKREAVER_WS_JWT_SECRET: SECRET }).apiAccess).toEqual({ kind: 'closed' });
  });

  it('applies to the metrics too, unless they have keys of their own', () => {
    const keys = (env: Record<string, string>) => {
      const { metricsAccess } = serverSettings({ SKREAVER_WS_JWT_SECRET: SECRET, ...env });
      return metricsAccess.kind === 'keys' ? metricsAccess.hashes : metricsAccess.kind;
    };
    const [publish, metrics] = [`${API_KEY}1`, `${API_KEY}2`];
    expect(keys({})).toBe('closed');
    expect(keys({ SKREAVER_WS_PUBLISH_KEYS: publish })).toEqual([hashOfKey(publish)]);
    expect(keys({ SKREAVER_WS_METRICS_KEYS: metrics })).toEqual([hashOfKey(metrics)]);
    expect(keys({ SKREAVER_WS_PUBLISH_KEYS: publish, SKREAVER_WS_METRICS_KEYS: metrics })).toEqual([
      hashOfKey(metrics),
    ]);
    expect(() => keys({ SKREAVER_WS_METRICS_KEYS: 'a b' })).toThrow('SKREAVER_WS_METRICS_KEYS has a key in entry 1');
  });

  it('rejects an empty entry and a key that no header can carry', () => {
    expect(problemsOf({ SKREAVER_WS_PUBLISH_KEYS: `${API_KEY},` })).toEqual([
      'SKREAVER_WS_PUBLISH_KEYS has an empty entry 2; allowed: keys, separated by commas.',
    ]);
    expect(problemsOf({ SKREAVER_WS_PUBLISH_KEYS: 'two words' })).toEqual([
      'SKREAVER_WS_PUBLISH_KEYS has a key in entry 1 that no header can carry; allowed: visible ASCII characters.',
    ]);
  });
});

describe('SKREAVER_WS_LOG_LEVEL', () => {
  it('accepts the levels of pino', () => {
    expect(serverSettings({ SKREAVER_WS_LOG_LEVEL: 'DEBUG' }).logLevel).toBe('debug');
    expect(problemsOf({ SKREAVER_WS_LOG_LEVEL: 'loud' })).toEqual([
      'SKREAVER_WS_LOG_LEVEL is "loud"; allowed: one of trace, debug, info, warn, error, fatal, silent.',
    ]);
  });
});

describe('the options of the module', () => {
  it('are read from their variables', () => {
    expect(serverSettings({ SKREAVER_WS_PING_INTERVAL: '20s' }).module).toMatchObject({ pingInterval: 20_000 });
  });

  it('allow only host names of this machine while the server is anonymous on loopback, unless others are set', () => {
    expect(serverSettings({}).module.allowedHosts).toEqual(['loopback']);
    const others = { SKREAVER_WS_ALLOWED_HOSTS: 'agents.example.com' };
    expect(serverSettings(others).module.allowedHosts).toEqual(['agents.example.com']);
    expect(serverSettings({ SKREAVER_WS_JWT_SECRET: SECRET }).module.allowedHosts).toBeUndefined();
    expect(
      serverSettings({ SKREAVER_WS_HOST: '0.0.0.0', SKREAVER_WS_AUTH: 'none' }).module.allowedHosts,
    ).toBeUndefined();
  });

  it('are reported in the same list as all other problems', () => {
    expect(problemsOf({ SKREAVER_WS_PATH: 'x', SKREAVER_WS_PORT: 'y', SKREAVER_WS_PUBLISH_KEY: API_KEY })).toEqual([
      "SKREAVER_WS_PUBLISH_KEY is not known; did you mean 'SKREAVER_WS_PUBLISH_KEYS'?",
      expect.stringContaining('SKREAVER_WS_PATH is "x";'),
      expect.stringContaining('SKREAVER_WS_PORT is "y";'),
    ]);
  });
});

describe('the Redis that servers share', () => {
  const URL_OF_REDIS = 'redis://:in-the-url@redis:7000/2';

  it('is none unless its URL is set', () => {
    expect(serverSettings({}).redis).toBeUndefined();
    expect(problemsOf({ SKREAVER_WS_REDIS_PREFIX: 'a:', SKREAVER_WS_REDIS_PASSWORD_FILE: 'x' })).toEqual([
      'SKREAVER_WS_REDIS_PASSWORD_FILE is set without SKREAVER_WS_REDIS_URL; set that too.',
      'SKREAVER_WS_REDIS_PREFIX is set without SKREAVER_WS_REDIS_URL; set that too.',
    ]);
  });

  it('has its password in a file or in the URL', () => {
    expect(serverSettings({ SKREAVER_WS_REDIS_URL: URL_OF_REDIS, SKREAVER_WS_REDIS_PREFIX: 'a:' }).redis).toEqual({
      urls: [URL_OF_REDIS],
      prefix: 'a:',
      password: undefined,
    });
    const SKREAVER_WS_REDIS_PASSWORD_FILE = fileWith('redis-password', ' sec ret \n');
    const { redis } = serverSettings({ SKREAVER_WS_REDIS_URL: URL_OF_REDIS, SKREAVER_WS_REDIS_PASSWORD_FILE });
    expect(redis?.password).toBe(' sec ret ');
  });

  it('may be several, whose URLs are separated by spaces', () => {
    const SKREAVER_WS_REDIS_URL = ` ${URL_OF_REDIS}  redis+sentinel://a,b/main\n`;
    expect(serverSettings({ SKREAVER_WS_REDIS_URL }).redis?.urls).toEqual([URL_OF_REDIS, 'redis+sentinel://a,b/main']);
  });

  it('may be a Redis Cluster, of which some servers are named', () => {
    const SKREAVER_WS_REDIS_URL = 'redis+cluster://a,b:7000,c';
    expect(problemsOf({ SKREAVER_WS_REDIS_URL })).toEqual([]);
    expect(problemsOf({ SKREAVER_WS_REDIS_URL: `${SKREAVER_WS_REDIS_URL} redis://d` })).toEqual([
      expect.stringMatching(/has a Redis Cluster beside other Redis/),
    ]);
  });

  it.each([
    [{ SKREAVER_WS_REDIS_URL: `${URL_OF_REDIS} ${URL_OF_REDIS}` }, /is wrong: .* has one Redis twice in its urls\.$/],
    [
      { SKREAVER_WS_REDIS_URL: 'http://:in-the-url@redis' },
      /^SKREAVER_WS_REDIS_URL .* is wrong: The URL of Redis is none of /,
    ],
    [{ SKREAVER_WS_REDIS_URL: URL_OF_REDIS, SKREAVER_WS_REDIS_PREFIX: 'a b' }, /is wrong: The prefix of /],
    [
      { SKREAVER_WS_REDIS_URL: URL_OF_REDIS, SKREAVER_WS_REDIS_PASSWORD_FILE: '/no/such' },
      /^SKREAVER_WS_REDIS_PASSWORD_FILE is "\/no\/such", which cannot be read \(ENOENT\)\.$/,
    ],
  ])(
    'is explained in one sentence where it is wrong, without a password: %j',
    (env: Record<string, string>, sentence) => {
      expect(problemsOf(env)).toEqual([expect.stringMatching(sentence)]);
      expect(problemsOf(env).join('')).not.toContain('in-the-url');
    },
  );
});

describe('the number of workers', () => {
  it('is one unless it is set, and that of the cores with auto', () => {
    expect(serverSettings({}).workers).toBe(1);
    expect(serverSettings({ SKREAVER_WS_WORKERS: '4' }).workers).toBe(4);
    expect(serverSettings({ SKREAVER_WS_WORKERS: 'auto' }).workers).toBe(availableParallelism());
  });

  it.each(['0', '-1', '1.5', '513', 'all', '1e2'])('is refused when it is %s', (workers) => {
    expect(problemsOf({ SKREAVER_WS_WORKERS: workers })).toEqual([
      `SKREAVER_WS_WORKERS is "${workers}"; allowed: auto, for one for each core, or a whole number from 1 to 512.`,
    ]);
  });
});
