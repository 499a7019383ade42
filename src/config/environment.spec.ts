import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { configFromEnvironment, environmentNames } from './environment.js';
import { SkreaverWsConfig } from './skreaver-ws-config.js';

function problemsOf(env: Record<string, string>, known?: string[]): string[] {
  try {
    configFromEnvironment(env, known);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.message.split('\n') : [`threw ${String(error)}`];
  }
}

const valueOfEach: Record<keyof SkreaverWsConfig, [text: string, value: unknown]> = {
  path: ['/live', '/live'],
  maxConnections: ['5000', 5000],
  maxConnectionsPerIp: ['50', 50],
  maxConnectionsPerIpInCluster: ['40', 40],
  maxConnectionsPerUser: ['3', 3],
  connectionsPerUserPolicy: ['close_oldest', 'close_oldest'],
  connectionTimeout: ['5m', 300_000],
  pingInterval: ['20s', 20_000],
  pongTimeout: ['5000', 5000],
  maxMessageSize: ['256KB', 262_144],
  enableCompression: ['off', false],
  bufferSize: ['500', 500],
  broadcastBufferSize: ['5000', 5000],
  maxBufferedBytes: ['2MiB', 2_097_152],
  maxSubscriptionsPerConnection: ['100', 100],
  maxSubscribersPerChannel: ['50000', 50_000],
  authTimeout: ['2.5s', 2500],
  expiryGrace: ['0', 0],
  reconnectWindow: ['0', 0],
  allowedHosts: ['loopback,agents.example.com', ['loopback', 'agents.example.com']],
  maxHttpSocketsPerIp: ['30', 30],
  allowedOrigins: ['https://a.example, https://b.example', ['https://a.example', 'https://b.example']],
  trustedProxies: ['loopback,10.0.0.0/8', ['loopback', '10.0.0.0/8']],
  heartbeat: ['frame', 'frame'],
  tokenSources: ['header, cookie:sid', ['header', 'cookie:sid']],
  messageRate: ['10', 10],
  messageBurst: ['20', 20],
  readRate: ['1MiB', 1_048_576],
  connectRatePerIp: ['5', 5],
  connectBurstPerIp: ['6', 6],
  maxPendingAuthentications: ['7', 7],
  authFailuresPerIp: ['8', 8],
  maxWaitingPublishBytes: ['8MiB', 8_388_608],
  historyMaxBytes: ['1GiB', 1_073_741_824],
  idempotencyMaxKeys: ['300', 300],
  clientStats: ['true', true],
  requestContext: ['true', true],
  readyNeedsBackplane: ['true', true],
  presenceLeaveDelay: ['0', 0],
  shutdownTimeout: ['1s', 1000],
  channels: ['{"chat*":{"clientPublish":true}}', { 'chat*': { clientPublish: true } }],
};

describe('environmentNames', () => {
  it('has a name for every field, derived from the field', () => {
    expect(Object.keys(environmentNames)).toEqual(Object.keys(new SkreaverWsConfig()));
    expect(environmentNames).toMatchObject({
      path: 'SKREAVER_WS_PATH',
      maxConnections: 'SKREAVER_WS_MAX_CONNECTIONS',
      maxConnectionsPerIp: 'SKREAVER_WS_MAX_CONNECTIONS_PER_IP',
      maxBufferedBytes: 'SKREAVER_WS_MAX_BUFFERED_BYTES',
    });
    expect(Object.isFrozen(environmentNames)).toBe(true);
  });
});

describe('configFromEnvironment', () => {
  it.each(Object.entries(valueOfEach))('reads %s', (field, [text, value]) => {
    expect(configFromEnvironment({ [Reflect.get(environmentNames, field)]: text })).toEqual({ [field]: value });
  });

  it('sets nothing for an empty environment', () => {
    expect(configFromEnvironment({})).toEqual({});
  });

  it('treats an empty variable as not set', () => {
    expect(configFromEnvironment({ SKREAVER_WS_PATH: '', SKREAVER_WS_CHANNELS: ' ' })).toEqual({});
    expect(configFromEnvironment({ SKREAVER_WS_PATH: undefined })).toEqual({});
  });

  it.each([
    ['MAX_CONNECTIONS', 'many', 'a whole number from 1 to 1000000000'],
    ['MAX_CONNECTIONS', '0', 'a whole number from 1 to 1000000000'],
    ['MAX_CONNECTIONS', '-1', 'a whole number from 1 to 1000000000'],
    ['MAX_CONNECTIONS', '1e3', 'a whole number from 1 to 1000000000'],
    ['PING_INTERVAL', 'abc', 'a duration in whole milliseconds such as 250, 250ms, 1.5s, 5m or 1h'],
    ['AUTH_TIMEOUT', '1000h', 'a whole number of milliseconds from 1 to 2147483647'],
    ['MAX_MESSAGE_SIZE', '64K', 'a size in whole bytes such as 65536, 64KB, 64KiB or 1MiB'],
    ['MAX_MESSAGE_SIZE', '65MB', 'a whole number of bytes from 1 to 67108864'],
    ['ENABLE_COMPRESSION', 'maybe', 'true or false (also 1 or 0, yes or no, on or off)'],
    ['HEARTBEAT', 'off', 'one of "message", "frame"'],
    [
      'TOKEN_SOURCES',
      'url,cookie',
      'a list of at least one of "url", "header", "protocol", "message", "cookie:<name>"',
    ],
    ['CHANNELS', 'chat', 'JSON, an object of channel options by pattern: {"chat*":{"clientPublish":true}}'],
    ['CHANNELS', 'null', 'an object of channel options by pattern'],
    ['CHANNELS', '[]', 'an object of channel options by pattern'],
  ])('rejects %s=%s with the name of the variable and its text', (name, text, allowed) => {
    expect(problemsOf({ [`SKREAVER_WS_${name}`]: text })).toEqual([
      `SKREAVER_WS_${name} is ${JSON.stringify(text)}; allowed: ${allowed}.`,
    ]);
  });

  it('reports the place in a list and in the channels', () => {
    expect(problemsOf({ SKREAVER_WS_TRUSTED_PROXIES: 'loopback,' })).toEqual([
      expect.stringContaining('SKREAVER_WS_TRUSTED_PROXIES[1] is "";'),
    ]);
    expect(problemsOf({ SKREAVER_WS_CHANNELS: '{"chat":{"clientPublish":1}}' })).toEqual([
      'SKREAVER_WS_CHANNELS["chat"].clientPublish is 1; allowed: true or false.',
    ]);
  });

  it('reads the ttl of a history with a unit', () => {
    const read = (ttl: string) =>
      configFromEnvironment({ SKREAVER_WS_CHANNELS: `{"ttl":{"history":{"size":10,"ttl":${ttl}}}}` });
    expect(read('"5m"')).toEqual({ channels: { ttl: { history: { size: 10, ttl: 300_000 } } } });
    expect(read('1500')).toEqual({ channels: { ttl: { history: { size: 10, ttl: 1500 } } } });
    expect(() => read('"5 days"')).toThrow(
      'SKREAVER_WS_CHANNELS["ttl"].history.ttl is "5 days"; allowed: a whole number of milliseconds from 1 to 2147483647.',
    );
  });

  it('rejects fields that contradict each other with the names of both variables', () => {
    expect(problemsOf({ SKREAVER_WS_PONG_TIMEOUT: '1m' })).toEqual([
      'SKREAVER_WS_PONG_TIMEOUT is "1m"; allowed: less than SKREAVER_WS_PING_INTERVAL (30000), so that a pong is due before the next ping.',
    ]);
    expect(problemsOf({ SKREAVER_WS_PING_INTERVAL: '1m' })).toEqual([
      'SKREAVER_WS_CONNECTION_TIMEOUT is 60000; allowed: more than SKREAVER_WS_PING_INTERVAL (60000), so that a client that answers pings is not taken for idle.',
    ]);
  });

  it('reports a variable that cannot be read once, and no comparison with it', () => {
    expect(problemsOf({ SKREAVER_WS_PING_INTERVAL: 'abc', SKREAVER_WS_PONG_TIMEOUT: '40s' })).toHaveLength(1);
  });

  it('reports all problems at once', () => {
    expect(problemsOf({ SKREAVER_WS_PAHT: '/x', SKREAVER_WS_PATH: 'x', SKREAVER_WS_MAX_CONNECTION: '1' })).toEqual([
      expect.stringContaining("SKREAVER_WS_MAX_CONNECTION is not known; did you mean 'SKREAVER_WS_MAX_CONNECTIONS'?"),
      expect.stringContaining('SKREAVER_WS_PATH is "x";'),
    ]);
  });

  it('accepts the further variables that it is given', () => {
    const known = ['SKREAVER_WS_PORT', 'SKREAVER_WS_JWT_SECRET'];
    expect(problemsOf({ SKREAVER_WS_PORT: '8080', SKREAVER_WS_JWT_SECRET: 's' }, known)).toEqual([]);
  });

  it('rejects a misspelt one of those without showing its value', () => {
    const known = ['SKREAVER_WS_JWT_SECRET'];
    expect(problemsOf({ SKREAVER_WS_JWT_SECERT: 'hunter2' }, known)).toEqual([
      "SKREAVER_WS_JWT_SECERT is not known; did you mean 'SKREAVER_WS_JWT_SECRET'?",
    ]);
  });

  it('ignores a variable that is not similar to a known name, such as those of a Kubernetes service', () => {
    const kubernetes = {
      SKREAVER_WS_SERVICE_HOST: '10.0.0.1',
      SKREAVER_WS_SERVICE_PORT: '80',
      SKREAVER_WS_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    expect(problemsOf({ ...kubernetes, PATH: '/bin', SKREAVER: 'x' })).toEqual([]);
  });
});
