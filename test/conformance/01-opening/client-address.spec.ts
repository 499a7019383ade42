import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { upgradeHead } from '../../support/raw-frames.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { type TestApp, startApp } from '../../support/test-app.js';

type Headers = Readonly<Record<string, string>>;

/** The address that the server takes a client with these headers to come from. */
async function addressOf(app: TestApp, headers: Headers): Promise<string | undefined> {
  await app.connect('', { headers });
  return app.registry.list().at(-1)?.clientAddress;
}

const forwarded = (list: string): Headers => ({ 'X-Forwarded-For': list });

describe('the address of a client', () => {
  it.each<[string, Headers]>([
    ['X-Forwarded-For', forwarded('203.0.113.7')],
    ['X-Real-IP', { 'X-Real-IP': '203.0.113.7' }],
  ])("is the socket's peer, whatever %s says, where the peer is not a trusted proxy", async (_name, headers) => {
    const app = await startApp({ trustedProxies: ['10.0.0.0/8'] });
    expect(await addressOf(app, headers)).toBe('127.0.0.1');
  });

  it.each([
    ['the only entry', '203.0.113.7'],
    ['the right-most entry, as clients can write what stands left of it', '198.51.100.1, 203.0.113.7'],
    ['the right-most untrusted entry', '198.51.100.1, 203.0.113.7, 10.1.2.3, 127.0.0.1'],
  ])('behind a trusted proxy is %s of X-Forwarded-For', async (_what, list) => {
    const app = await startApp({ trustedProxies: ['loopback', '10.0.0.0/8'] });
    expect(await addressOf(app, forwarded(list))).toBe('203.0.113.7');
  });

  it('behind a trusted proxy is X-Real-IP only where there is no X-Forwarded-For', async () => {
    const app = await startApp({ trustedProxies: ['127.0.0.1'] });
    expect(await addressOf(app, { 'X-Real-IP': '203.0.113.8' })).toBe('203.0.113.8');
    expect(await addressOf(app, { 'X-Real-IP': '203.0.113.8', ...forwarded('203.0.113.7') })).toBe('203.0.113.7');
  });

  it("is the proxy's own address where the header has no address", async () => {
    const app = await startApp({ trustedProxies: ['127.0.0.0/8'] });
    expect(await addressOf(app, forwarded('nonsense'))).toBe('127.0.0.1');
  });
});

describe('limits per address', () => {
  const addressFull = { status: 429, code: 'CONNECTION_LIMIT_EXCEEDED', reason: 'address_limit' } as const;

  it('count the client behind a trusted proxy, not the proxy', async () => {
    const app = await startApp({ trustedProxies: ['loopback'], maxConnectionsPerIp: 1 });
    await app.connect('', { headers: forwarded('203.0.113.1') });
    await app.connect('', { headers: forwarded('203.0.113.2') });
    await expectRefusal(app.port, { headers: forwarded('203.0.113.1') }, addressFull);
  });

  it('cannot be escaped by a header from a peer that is not trusted', async () => {
    const app = await startApp({ maxConnectionsPerIp: 1 });
    await app.connect('', { headers: forwarded('203.0.113.1') });
    await expectRefusal(app.port, { headers: forwarded('203.0.113.2') }, addressFull);
  });

  it('count an IPv6 /64 as one address and its neighbour as another', async () => {
    const app = await startApp({ trustedProxies: ['loopback'], maxConnectionsPerIp: 1 });
    await app.connect('', { headers: forwarded('2001:db8:0:1::1') });
    await expectRefusal(app.port, { headers: forwarded('2001:db8:0:1:ffff:ffff:ffff:ffff') }, addressFull);
    await app.connect('', { headers: forwarded('2001:db8:0:2::1') });
  });

  it('count an IPv4 address written as IPv6 as the same', async () => {
    const app = await startApp({ trustedProxies: ['loopback'], maxConnectionsPerIp: 1 });
    await app.connect('', { headers: forwarded('203.0.113.1') });
    await expectRefusal(app.port, { headers: forwarded('::ffff:203.0.113.1') }, addressFull);
  });
});

it('a proxy that is not in trustedProxies is named in the log when its clients are refused', async () => {
  const app = await startApp({ maxConnectionsPerIp: 1 });
  await app.connect('', { headers: forwarded('203.0.113.1') });
  for (let count = 2; count < 12; count += 1)
    await expectRefusal(
      app.port,
      { headers: forwarded(`203.0.113.${count}`) },
      { status: 429, code: 'CONNECTION_LIMIT_EXCEEDED' },
    );
  expect(app.log.of('most refused connections come from one address that forwards')).toMatchObject([
    { client_addr: '127.0.0.1', hint: expect.stringContaining('trustedProxies') as string },
  ]);
});

describe('the clients behind a Unix socket', () => {
  it('have the addresses that the proxy names, where unix is trusted', async () => {
    const app = await startApp({ trustedProxies: ['unix'], maxConnectionsPerIp: 1 });
    const path = join(mkdtempSync(join(tmpdir(), 'skreaver-')), 'socket');
    // The same HTTP server's events, on a listener of its own.
    const listener = createServer((socket) => app.app.getHttpServer().emit('connection', socket));
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    onTestFinished(() => void listener.close());
    const open = async (address: string): Promise<string> => {
      const socket = connect(path);
      onTestFinished(() => void socket.destroy());
      socket.write(upgradeHead({ headers: forwarded(address) }));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString().slice(0, 12);
    };
    expect(await open('203.0.113.1')).toBe('HTTP/1.1 101');
    expect(await open('203.0.113.2')).toBe('HTTP/1.1 101');
    expect(await open('203.0.113.1')).toBe('HTTP/1.1 429');
    expect(app.registry.list().map(({ clientAddress }) => clientAddress)).toEqual(['203.0.113.1', '203.0.113.2']);
  });
});
