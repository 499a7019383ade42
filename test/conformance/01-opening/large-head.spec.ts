import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { upgradeHead } from '../../support/raw-frames.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';

/** Beyond the 16 KiB that Node takes by default. */
const LONG = 'long-token-'.repeat(1600);

const adapters: Readonly<Record<string, () => AbstractHttpAdapter>> = {
  Express: () => new ExpressAdapter(),
  Fastify: () => new FastifyAdapter(),
};

const answerOurs = (_error: Error, socket: NodeJS.WritableStream): void =>
  void socket.end('HTTP/1.1 418 Ours\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');

async function answerTo(app: TestApp, head: string) {
  const client = await RawClient.open(app.port);
  client.write(head);
  const answer = await client.httpAnswer();
  await client.closed;
  return answer;
}

describe.each(Object.entries(adapters))('a handshake over the limit of the HTTP server, on %s', (_name, adapter) => {
  const start = (): Promise<TestApp> => startApp(testAuth, {}, { adapter: adapter() });

  it.each([
    ['URL', { target: `/ws?token=${LONG}` }],
    ['header', { headers: { Authorization: `Bearer ${LONG}` } }],
    ['subprotocol', { headers: { 'Sec-WebSocket-Protocol': `skreaver.v1, bearer.${LONG}` } }],
    ['cookie', { headers: { Cookie: `sid=${LONG}` } }],
  ])('by a token in the %s is answered with 431 and a sentence, without the token', async (_where, parts) => {
    const app = await start();
    const { status, headers, body } = await answerTo(app, upgradeHead(parts));
    expect(status).toBe(431);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(body)).toEqual({
      code: 'HEADERS_TOO_LARGE',
      message: expect.stringMatching(/auth message.*maxHeaderSize/) as string,
    });
    expect(body + app.log.text()).not.toContain('long-token');
  });

  it('is left to the application where it listens for clientError itself', async () => {
    const app = await start();
    app.app.getHttpServer().prependListener('clientError', answerOurs);
    expect((await answerTo(app, upgradeHead({ target: `/ws?token=${LONG}` }))).status).toBe(418);
  });

  it('leaves the answers to other errors as they are', async () => {
    const app = await start();
    const client = await RawClient.open(app.port);
    client.write('NOT HTTP\r\n\r\n');
    expect((await client.httpAnswer()).status).toBe(400);
  });
});

describe('an application that gives Fastify a clientErrorHandler', () => {
  it('answers a handshake over the limit of the HTTP server by itself', async () => {
    const app = await startApp(testAuth, {}, { adapter: new FastifyAdapter({ clientErrorHandler: answerOurs }) });
    expect((await answerTo(app, upgradeHead({ target: `/ws?token=${LONG}` }))).status).toBe(418);
  });
});
