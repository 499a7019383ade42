import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { upgradeHead } from '../../support/raw-frames.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

const unknown = { status: 400, code: 'UNKNOWN_SUBPROTOCOL', reason: 'subprotocol' } as const;

describe('a client that offers no supported subprotocol', () => {
  it.each(['chat', 'skreaver.v1.json', 'skreaver.v2', 'SKREAVER.V1', 'skreaver.v10', 'chat, graphql-ws'])(
    'gets HTTP 400, such as for %s',
    async (offer) => {
      const app = await startApp();
      await expectRefusal(app.port, { headers: { 'Sec-WebSocket-Protocol': offer } }, unknown);
    },
  );
});

describe('the subprotocol', () => {
  it.each([
    ['skreaver.v1', 'skreaver.v1'],
    ['chat, skreaver.v1', 'skreaver.v1'],
    ['skreaver.v1,chat', 'skreaver.v1'],
    ['skreaver.v1.msgpack', 'skreaver.v1.msgpack'],
    ['skreaver.v1.msgpack, skreaver.v1', 'skreaver.v1.msgpack'],
    ['skreaver.v1, skreaver.v1.msgpack', 'skreaver.v1'],
    ['chat, skreaver.v1.msgpack, skreaver.v1', 'skreaver.v1.msgpack'],
    ['bearer.c2s, skreaver.v1.msgpack', 'skreaver.v1.msgpack'],
  ])('that the client prefers is chosen and echoed: of "%s", %s', async (offer, chosen) => {
    const app = await startApp();
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ headers: { 'Sec-WebSocket-Protocol': offer } }));
    const { status, headers } = await client.httpAnswer();
    expect(status).toBe(101);
    expect(headers.get('sec-websocket-protocol')).toBe(chosen);
  });

  it('is chosen from an offer spread over several headers', async () => {
    const app = await startApp();
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ headers: { 'Sec-WebSocket-Protocol': ['chat', 'skreaver.v1'] } }));
    expect((await client.httpAnswer()).headers.get('sec-websocket-protocol')).toBe('skreaver.v1');
  });

  it('is not echoed to a client that offers none, which gets JSON', async () => {
    const app = await startApp();
    const client = await app.connect();
    expect(client.webSocket.protocol).toBe('');
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
  });
});
