import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { type UpgradeParts, upgradeHead } from '../../support/raw-frames.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp, testAuth } from '../../support/test-app.js';

const badRequest = { status: 400, code: 'BAD_REQUEST', reason: 'malformed' } as const;

const malformed: readonly (readonly [what: string, parts: UpgradeParts])[] = [
  ['without Sec-WebSocket-Key', { headers: { 'Sec-WebSocket-Key': undefined } }],
  ['with an empty key', { headers: { 'Sec-WebSocket-Key': '' } }],
  ['with a key of 15 bytes', { headers: { 'Sec-WebSocket-Key': Buffer.alloc(15).toString('base64') } }],
  ['with a key of 17 bytes', { headers: { 'Sec-WebSocket-Key': Buffer.alloc(17).toString('base64') } }],
  ['with a key that is not base64', { headers: { 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!==' } }],
  ['with two keys', { headers: { 'Sec-WebSocket-Key': [Buffer.alloc(16).toString('base64'), 'AAAA'] } }],
  ['without a version', { headers: { 'Sec-WebSocket-Version': undefined } }],
  ['with version 12', { headers: { 'Sec-WebSocket-Version': '12' } }],
  ['with version 8, which old clients speak', { headers: { 'Sec-WebSocket-Version': '8' } }],
  ['with version 14', { headers: { 'Sec-WebSocket-Version': '14' } }],
  ['with the method POST', { method: 'POST', headers: { 'Content-Length': '0' } }],
  ['with the method HEAD', { method: 'HEAD' }],
  ['with HTTP/1.0', { version: '1.0' }],
  ['without Host', { headers: { Host: undefined } }],
  ['with an empty Host', { headers: { Host: '' } }],
  ['with two Host headers', { headers: { Host: ['127.0.0.1', '127.0.0.1'] } }],
  ['with an invalid Host', { headers: { Host: 'a/b' } }],
  ['with a broken list of subprotocols', { headers: { 'Sec-WebSocket-Protocol': 'skreaver.v1,,other' } }],
  [
    'with a list of extensions that cannot be parsed',
    { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate;;' } },
  ],
];

describe('a malformed handshake', () => {
  it.each(malformed)('gets HTTP 400: %s', async (_what, parts) => {
    const app = await startApp();
    await expectRefusal(app.port, parts, badRequest);
    expect(app.registry.list()).toHaveLength(0);
  });

  it('with another version is told the supported one (RFC 6455 §4.4)', async () => {
    const app = await startApp();
    const answer = await expectRefusal(app.port, { headers: { 'Sec-WebSocket-Version': '12' } }, badRequest);
    expect(answer.headers.get('sec-websocket-version')).toBe('13');
  });

  it('does not keep a connection permit', async () => {
    const app = await startApp({ maxConnections: 1 });
    for (const [, parts] of malformed) await expectRefusal(app.port, parts, badRequest);
    await app.connect();
  });

  it('does not write the token of its URL to the log', async () => {
    const app = await startApp();
    const parts = { target: '/ws?token=token-secret', headers: { 'Sec-WebSocket-Version': '12' } };
    await expectRefusal(app.port, parts, badRequest);
    expect(app.log.of('connection refused')).toHaveLength(1);
    expect(app.log.text()).not.toContain('secret');
  });
});

describe('a valid handshake', () => {
  it('is accepted with the answer to its key of RFC 6455 §1.3', async () => {
    const app = await startApp();
    const client = await RawClient.open(app.port);
    client.write(upgradeHead());
    const { status, headers } = await client.httpAnswer();
    expect(status).toBe(101);
    expect(headers.get('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('may write the Upgrade token in any case', async () => {
    const app = await startApp();
    await RawClient.upgrade(app.port, { headers: { Upgrade: 'WebSocket' } });
  });
});

describe('a request target in absolute form (RFC 9112 §3.2.2)', () => {
  it.each(['http://127.0.0.1/ws', 'HTTP://agents.test:8080/ws', 'https://agents.test/ws'])(
    'opens a WebSocket: %s',
    async (target) => {
      const app = await startApp();
      await RawClient.upgrade(app.port, { target });
    },
  );

  it('keeps its query and its token', async () => {
    const app = await startApp(testAuth);
    const client = await RawClient.upgrade(app.port, { target: 'http://agents.test/ws?token=token-alice' });
    expect(await client.message()).toMatchObject({ type: 'auth_response', data: { user_id: 'alice' } });
    expect(app.log.text()).not.toContain('token-alice');
  });

  it('names the host that an origin is compared with, whatever Host says', async () => {
    const app = await startApp();
    const target = 'http://agents.test/ws';
    await RawClient.upgrade(app.port, { target, headers: { Host: 'x.test', Origin: 'http://agents.test' } });
    const foreign = { target, headers: { Host: 'x.test', Origin: 'http://x.test' } };
    await expectRefusal(app.port, foreign, { status: 403, code: 'ORIGIN_NOT_ALLOWED', reason: 'origin' });
  });

  it('gets 404 when its path is another', async () => {
    const app = await startApp();
    const target = 'http://127.0.0.1/other?path=/ws';
    await expectRefusal(app.port, { target }, { status: 404, code: 'NOT_FOUND', reason: 'path' });
  });
});
