import { describe, expect, it } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { withAuthentication } from './credentials.js';
import { TestServer } from './test-server.js';

const PAGE = 'https://app.example.com';

/** Asks as a page does that cannot connect: by a plain GET of the path, without any key. */
async function ask(server: TestServer, headers: Record<string, string> = {}) {
  const response = await server.get('/ws', headers);
  const { code } = (await response.json()) as { code: string };
  return { status: response.status, code, headers: response.headers };
}

describe('a plain GET of the path of the standalone server', () => {
  it('answers 426 where an upgrade would be accepted, also where tokens and keys are asked for', async () => {
    const { status, code, headers } = await ask(await TestServer.start(withAuthentication));
    expect([status, code, headers.get('upgrade')]).toEqual([426, 'UPGRADE_REQUIRED', 'websocket']);
  });

  it('tells that the server is full, or that there are too many connections from one address', async () => {
    const limits = [
      [{ SKREAVER_WS_MAX_CONNECTIONS: '1' }, 503, 'CONNECTION_LIMIT_EXCEEDED'],
      [{ SKREAVER_WS_MAX_CONNECTIONS_PER_IP: '1' }, 429, 'CONNECTION_LIMIT_EXCEEDED'],
    ] as const;
    for (const [limit, status, code] of limits) {
      const server = await TestServer.start({ ...limit });
      const client = await TestClient.open(server.ws);
      const answer = await ask(server);
      expect([answer.status, answer.code]).toEqual([status, code]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      await expect(TestClient.open(server.ws)).rejects.toThrow(String(status));
      client.webSocket.terminate();
    }
  });

  it('may be read by the pages of allowed origins alone', async () => {
    const server = await TestServer.start({ SKREAVER_WS_ALLOWED_ORIGINS: PAGE });
    const allowed = await ask(server, { Origin: PAGE });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([426, PAGE]);
    const foreign = await ask(server, { Origin: 'https://evil.example' });
    expect([foreign.status, foreign.code]).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });
});
