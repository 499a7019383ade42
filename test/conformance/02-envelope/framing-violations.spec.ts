import { CloseCode, closeReason } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { clientFrame, messageFrame, opcode } from '../../support/raw-frames.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';

const ping = messageFrame({ type: 'ping', correlation_id: 'before' });
const text = (payload: string, fin = true): Buffer => clientFrame(opcode.text, payload, { fin });
const more = (payload: string, fin = true): Buffer => clientFrame(opcode.continuation, payload, { fin });

/** What the client reads from its first message on: types of messages, then the close frame. */
async function received(client: RawClient): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const { opcode: code, payload } = await client.frame();
    if (code === opcode.pong) seen.push('pong frame');
    else if (code !== opcode.close) seen.push((JSON.parse(payload.toString()) as { type: string }).type);
    else return [...seen, `${payload.readUInt16BE(0)} ${payload.subarray(2).toString()}`];
  }
}

const QUIET = { heartbeat: 'frame' } as const;

async function sentAtOnce(...frames: Buffer[]): Promise<{ app: TestApp; seen: string[] }> {
  const app = await startApp({ ...QUIET, maxMessageSize: 1000 });
  const client = await RawClient.upgrade(app.port);
  client.write(...frames);
  return { app, seen: await received(client) };
}

/** The cases of the Autobahn test suite in which a good message comes before the violation, in one read. */
const AUTOBAHN: readonly (readonly [string, readonly Buffer[]])[] = [
  ['3.2: RSV 2', [clientFrame(opcode.text, '{}', { rsv: 2 }), clientFrame(opcode.ping, '')]],
  ['3.3: RSV 3', [clientFrame(opcode.text, '{}', { rsv: 3 }), clientFrame(opcode.ping, '')]],
  ['4.1.3: opcode 5', [clientFrame(5, ''), clientFrame(opcode.ping, '')]],
  ['4.1.4: opcode 6 with payload', [clientFrame(6, 'payload'), clientFrame(opcode.ping, '')]],
  ['4.2.3: opcode 13', [clientFrame(13, ''), clientFrame(opcode.ping, '')]],
  ['4.2.4: opcode 14 with payload', [clientFrame(14, 'payload'), clientFrame(opcode.ping, '')]],
  ['5.15: a continuation of nothing', [more('fragment', false), more('fragment'), text('{}')]],
];

describe('the close frame after a framing violation', () => {
  it.each(AUTOBAHN)('comes after the answer to the message before it (Autobahn %s)', async (_case, violation) => {
    const { seen } = await sentAtOnce(ping, ...violation);
    expect(seen).toEqual(['pong', '1002 PROTOCOL_ERROR']);
  });

  it('comes after the answer to a message in fragments, and to a ping frame', async () => {
    const fragments = [text('{"type":', false), clientFrame(opcode.ping, 'x'), more('"ping"}')];
    expect((await sentAtOnce(...fragments, clientFrame(5, ''))).seen).toEqual([
      'pong frame',
      'pong',
      '1002 PROTOCOL_ERROR',
    ]);
  });

  it('comes after the answers to slow messages', async () => {
    const subscribe = (channel: string): Buffer => messageFrame({ type: 'subscribe', data: { channels: [channel] } });
    const violations = [
      [clientFrame(5, ''), '1002 PROTOCOL_ERROR'],
      [clientFrame(opcode.binary, '{}'), '1003 UNSUPPORTED_DATA'],
    ] as const;
    for (const [frame, end] of violations) {
      const { seen } = await sentAtOnce(subscribe('a'), subscribe('b'), ping, frame, ping);
      expect(seen).toEqual(['subscribe_response', 'subscribe_response', 'pong', end]);
    }
  });

  it('waits no longer than half a second for a message that is being handled', async () => {
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    class HangingPermissions extends testAuth.authHandler.useClass {
      override checkPermission(): Promise<boolean> {
        asked();
        return new Promise(() => {});
      }
    }
    const app = await startApp({ ...QUIET, authHandler: { useClass: HangingPermissions } });
    const client = await RawClient.upgrade(app.port, { target: '/ws?token=token-alice' });
    client.write(messageFrame({ type: 'subscribe', data: { channels: ['a'] } }), clientFrame(5, ''));
    await isAsked;
    expect(await client.closeCode()).toBe(CloseCode.ProtocolError);
    expect(app.registry.list()).toEqual([]);
    expect(app.log.of('connection closed')).toMatchObject([{ code: CloseCode.ProtocolError }]);
  });
});

const CODES: readonly (readonly [CloseCode, readonly Buffer[]])[] = [
  [CloseCode.ProtocolError, [clientFrame(3, '')]],
  [CloseCode.ProtocolError, [clientFrame(opcode.close, Buffer.of(0x03, 0xee))]], // 1006, which nobody may send
  [CloseCode.InvalidPayload, [clientFrame(opcode.text, Buffer.of(0xff, 0xfe))]],
  [CloseCode.PolicyViolation, [text('x', false), ...Array.from({ length: 300 }, () => more('x', false))]],
  [CloseCode.MessageTooBig, [text('x'.repeat(2001))]],
];

describe('an error that closes a connection', () => {
  it.each(CODES)('is sent to the client with its name, and logged: %d', async (code, frames) => {
    const { app, seen } = await sentAtOnce(...frames);
    expect(seen).toEqual([`${code} ${closeReason(code)}`]);
    expect(app.log.of('connection closed')).toMatchObject([{ code }]);
  });

  it('is sent and logged also where a compressed message cannot be inflated', async () => {
    const app = await startApp({ ...QUIET, maxMessageSize: 1000 });
    const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const client = await RawClient.upgrade(app.port, { headers });
    client.write(ping, clientFrame(opcode.text, 'no deflate', { rsv: 4 }), ping);
    expect(await received(client)).toEqual(['pong', '1007 INVALID_PAYLOAD']);
    expect(app.log.of('connection closed')).toMatchObject([{ code: CloseCode.InvalidPayload }]);
  });
});
