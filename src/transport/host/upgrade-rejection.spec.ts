import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { tcpPair } from '../../../test/support/socket-pair.js';
import { rejections } from '../upgrade/rejection-answers.js';
import { type UpgradeRejection, reject } from './upgrade-rejection.js';

async function bytesOf(rejection: UpgradeRejection): Promise<string> {
  const { near, far } = await tcpPair({ allowHalfOpen: true });
  reject(near, rejection);
  return await text(far);
}

describe('a rejection', () => {
  it('is a complete HTTP response with one line of JSON', async () => {
    expect(await bytesOf({ status: 403, code: 'NO', message: 'Nö.', reason: 'origin' })).toBe(
      'HTTP/1.1 403 Forbidden\r\n' +
        'Connection: close\r\n' +
        'Content-Type: application/json; charset=utf-8\r\n' +
        'Content-Length: 31\r\n' +
        '\r\n' +
        '{"code":"NO","message":"Nö."}\n',
    );
  });

  it('has the time to wait in Retry-After', async () => {
    const answer = await bytesOf(rejections.draining);
    expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(answer).toContain('\r\nRetry-After: 5\r\n');
  });

  it('names the supported version of WebSocket', async () => {
    expect(await bytesOf(rejections.version)).toContain('\r\nSec-WebSocket-Version: 13\r\n');
  });

  it.each(Object.entries(rejections))('for %s has a body of the announced length', async (_, rejection) => {
    const [head, body] = (await bytesOf(rejection)).split('\r\n\r\n') as [string, string];
    expect(head).toContain(`HTTP/1.1 ${rejection.status} `);
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toEqual({ code: rejection.code, message: rejection.message });
  });

  it('ends the socket though the peer neither reads nor ends', async () => {
    const { near, far } = await tcpPair({ allowHalfOpen: true });
    far.pause();
    const closed = once(near, 'close');
    reject(near, rejections.origin);
    await closed;
    expect(near.destroyed).toBe(true);
  });

  it('is harmless if the peer is gone already', async () => {
    const { near } = await tcpPair({ allowHalfOpen: true });
    near.destroy();
    await once(near, 'close');
    expect(() => reject(near, rejections.origin)).not.toThrow();
  });
});
