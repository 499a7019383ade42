import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { resolveConfig } from './resolve-config.js';
import { fieldKinds } from './rules/rule.js';
import { SkreaverWsConfig } from './skreaver-ws-config.js';

const LONGEST_DELAY = 2_147_483_647;
const MIB = 1_048_576;

function problemsOf(options: Record<string, unknown>): string[] {
  try {
    resolveConfig(options);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.message.split('\n') : [`threw ${String(error)}`];
  }
}

const fieldNames = Object.keys(new SkreaverWsConfig());

describe('SkreaverWsConfig', () => {
  it('has the defaults of the design', () => {
    expect(Object.fromEntries(Object.entries(new SkreaverWsConfig()))).toEqual({
      path: '/ws',
      maxConnections: 1000,
      maxConnectionsPerIp: 10,
      maxConnectionsPerIpInCluster: 0,
      maxConnectionsPerUser: 0,
      connectionsPerUserPolicy: 'refuse_newest',
      maxHttpSocketsPerIp: 100,
      connectionTimeout: 60_000,
      pingInterval: 30_000,
      pongTimeout: 10_000,
      maxMessageSize: 65_536,
      enableCompression: true,
      bufferSize: 100,
      broadcastBufferSize: 1000,
      maxBufferedBytes: 1_048_576,
      maxSubscriptionsPerConnection: 50,
      maxSubscribersPerChannel: 10_000,
      authTimeout: 10_000,
      expiryGrace: 25_000,
      allowedOrigins: [],
      allowedHosts: [],
      trustedProxies: [],
      reconnectWindow: 2000,
      heartbeat: 'message',
      tokenSources: ['url', 'header', 'protocol', 'message'],
      messageRate: 50,
      messageBurst: 100,
      readRate: 4_194_304,
      connectRatePerIp: 20,
      connectBurstPerIp: 50,
      maxPendingAuthentications: 100,
      authFailuresPerIp: 20,
      maxWaitingPublishBytes: 67_108_864,
      historyMaxBytes: 67_108_864,
      idempotencyMaxKeys: 300_000,
      clientStats: false,
      requestContext: false,
      readyNeedsBackplane: false,
      presenceLeaveDelay: 5000,
      shutdownTimeout: 10_000,
      channels: {},
    });
  });

  it('is valid for class-validator without any option', () => {
    expect(validateSync(new SkreaverWsConfig())).toEqual([]);
  });

  it('lets class-validator report which field is wrong and what is allowed', () => {
    const config = Object.assign(new SkreaverWsConfig(), { allowedOrigins: ['https://a.example', 'b'] });
    const [error] = validateSync(config);
    expect(error?.property).toBe('allowedOrigins');
    expect(Object.values(error?.constraints ?? {})).toEqual([
      expect.stringMatching(/^allowedOrigins\[1\] is "b"; allowed: "\*", or an origin/),
    ]);
  });

  it('knows the kind of every field, in the same order', () => {
    expect([...fieldKinds.keys()]).toEqual(fieldNames);
  });

  it.each(fieldNames)('has a rule for %s', (field) => {
    expect(problemsOf({ [field]: Symbol('wrong') })).toEqual([expect.stringContaining(`${field} is Symbol(wrong);`)]);
    expect(problemsOf({ [field]: null })).toEqual([expect.stringContaining(`${field} is null;`)]);
  });
});

describe('the rule of a count', () => {
  const integers = [...fieldKinds].flatMap(([field, kind]) => (kind === 'integer' ? [field] : []));
  const optional = ['maxConnectionsPerUser', 'maxConnectionsPerIpInCluster'] as const;
  const counts = integers.filter((field) => !optional.some((each) => each === field));

  it.each(optional)('takes 0 for no limit in %s', (field) => {
    expect(problemsOf({ [field]: 0 })).toEqual([]);
    expect(problemsOf({ [field]: -1 })).toHaveLength(1);
  });

  it.each(counts)('accepts whole numbers from 1 to 1,000,000,000 for %s', (field) => {
    expect(problemsOf({ [field]: 1 })).toEqual([]);
    expect(problemsOf({ [field]: 1_000_000_000 })).toEqual([]);
    for (const wrong of [0, 1_000_000_001, 1.5, '1', Number.NaN, Infinity, 1n, true]) {
      expect(problemsOf({ [field]: wrong })).toEqual([
        expect.stringMatching(/; allowed: a whole number from 1 to 1000000000\.$/),
      ]);
    }
  });
});

describe('the rule of a duration', () => {
  it.each([
    ['pingInterval', 1, { pongTimeout: 1, connectionTimeout: LONGEST_DELAY }],
    ['connectionTimeout', 1, { pingInterval: 2, pongTimeout: 1 }],
    ['pongTimeout', 1, {}],
    ['authTimeout', 1, {}],
    ['expiryGrace', 0, {}],
    ['reconnectWindow', 0, {}],
    ['presenceLeaveDelay', 0, {}],
    ['shutdownTimeout', 0, {}],
  ])('accepts for %s at least %i ms and at most the maximum of setTimeout', (field, min, others) => {
    const allowed = `; allowed: a whole number of milliseconds from ${min} to ${LONGEST_DELAY}.`;
    for (const wrong of [min - 1, LONGEST_DELAY + 1, min + 0.5, '30s']) {
      expect(problemsOf({ ...others, [field]: wrong })).toEqual([expect.stringContaining(allowed)]);
    }
    for (const right of [min, LONGEST_DELAY]) {
      expect(problemsOf({ ...others, [field]: right }).join()).not.toContain(allowed);
    }
  });

  it('requires a pong before the next ping is due', () => {
    expect(problemsOf({ pingInterval: 20_000, pongTimeout: 19_999 })).toEqual([]);
    expect(problemsOf({ pingInterval: 20_000, pongTimeout: 20_000 })).toEqual([
      'pongTimeout is 20000; allowed: less than pingInterval (20000), so that a pong is due before the next ping.',
    ]);
  });

  it('requires connectionTimeout to be longer than the interval of pings', () => {
    expect(problemsOf({ connectionTimeout: 30_001 })).toEqual([]);
    expect(problemsOf({ connectionTimeout: 30_000 })).toEqual([
      'connectionTimeout is 30000; allowed: more than pingInterval (30000), so that a client that answers pings is not taken for idle.',
    ]);
  });

  it('compares no field that is invalid by itself', () => {
    expect(problemsOf({ pingInterval: 0 })).toHaveLength(1);
    expect(problemsOf({ pingInterval: LONGEST_DELAY + 1 })).toHaveLength(1);
    expect(problemsOf({ pongTimeout: LONGEST_DELAY + 1 })).toHaveLength(1);
  });
});

describe('the rule of a size', () => {
  it('limits a message to between 1 byte and 64 MiB', () => {
    expect(problemsOf({ maxMessageSize: 1 })).toEqual([]);
    expect(problemsOf({ maxMessageSize: 64 * MIB, maxBufferedBytes: 64 * MIB })).toEqual([]);
    for (const wrong of [0, 64 * MIB + 1, 1.5, '64KB']) {
      expect(problemsOf({ maxMessageSize: wrong })).toEqual([
        expect.stringContaining('; allowed: a whole number of bytes from 1 to 67108864.'),
      ]);
    }
  });

  it('limits the buffer of a socket to between the size of a message and 1 GiB', () => {
    expect(problemsOf({ maxBufferedBytes: 65_536 })).toEqual([]);
    expect(problemsOf({ maxBufferedBytes: 1024 * MIB })).toEqual([]);
    expect(problemsOf({ maxBufferedBytes: 65_535 })).toEqual([
      'maxBufferedBytes is 65535; allowed: at least maxMessageSize (65536), so that a message of maximum size fits.',
    ]);
    expect(problemsOf({ maxBufferedBytes: 1024 * MIB + 1 })).toEqual([
      'maxBufferedBytes is 1073741825; allowed: a whole number of bytes from 1 to 1073741824.',
    ]);
  });

  it('limits the memory of the backplane to between 1 byte and 1 TiB', () => {
    expect(problemsOf({ historyMaxBytes: 1 })).toEqual([]);
    expect(problemsOf({ historyMaxBytes: 1024 * 1024 * MIB })).toEqual([]);
    expect(problemsOf({ historyMaxBytes: 1024 * 1024 * MIB + 1 })).toEqual([
      'historyMaxBytes is 1099511627777; allowed: a whole number of bytes from 1 to 1099511627776.',
    ]);
  });
});

describe('the rule of a keyword', () => {
  it('accepts message or frame as heartbeat', () => {
    expect(problemsOf({ heartbeat: 'frame' })).toEqual([]);
    expect(problemsOf({ heartbeat: 'frames' })).toEqual(['heartbeat is "frames"; allowed: one of "message", "frame".']);
  });

  it('accepts any of url, header, protocol, message and named cookies as tokenSources, but not none', () => {
    expect(problemsOf({ tokenSources: ['header'] })).toEqual([]);
    expect(problemsOf({ tokenSources: ['protocol', 'cookie:__Host-session', 'cookie:sid'] })).toEqual([]);
    for (const wrong of [[], ['url', 'cookie'], ['cookie:'], ['cookie:a b'], ['cookie:a=b'], 'url', [undefined]]) {
      expect(problemsOf({ tokenSources: wrong })).toEqual([
        expect.stringContaining(
          '; allowed: a list of at least one of "url", "header", "protocol", "message", "cookie:<name>".',
        ),
      ]);
    }
  });

  it('refuses a cookie as source of tokens while pages of any origin may connect', () => {
    const tokenSources = ['message', 'cookie:sid'];
    expect(problemsOf({ tokenSources, allowedOrigins: ['https://app.test'] })).toEqual([]);
    expect(problemsOf({ tokenSources: ['message'], allowedOrigins: ['*'] })).toEqual([]);
    expect(problemsOf({ tokenSources, allowedOrigins: ['https://app.test', '*'] })).toEqual([
      'tokenSources is ["message","cookie:sid"]; allowed: allowedOrigins without "*" beside a cookie, since any page ' +
        'could connect as its reader; list the origins.',
    ]);
  });

  it('requires a boolean for enableCompression', () => {
    expect(problemsOf({ enableCompression: false })).toEqual([]);
    expect(problemsOf({ enableCompression: 'false' })).toEqual([
      'enableCompression is "false"; allowed: true or false.',
    ]);
  });
});
