import type { ServerMessage } from '@skreaver/protocol';
import { expect } from 'vitest';
import { INSIDE } from './hostile-values.js';
import type { TestApp } from './test-app.js';
import type { TestClient } from './test-client.js';

/** An answer of `INTERNAL_ERROR` with an id that the log has too; nothing of the inside went out; the connection lives. */
export async function expectInternalError(app: TestApp, client: TestClient, answer: ServerMessage): Promise<void> {
  const data = answer.data as { error?: object };
  const error = (data.error ?? data) as { code: string; details: { error_id: string } };
  expect(error).toEqual({
    code: 'INTERNAL_ERROR',
    message: expect.any(String) as string,
    details: { error_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
  });
  expect(app.log.of('handler failed').map((line) => line['error_id'])).toContain(error.details.error_id);
  await expectAlive(client);
  expect(JSON.stringify(client.received)).not.toContain(INSIDE);
}

export async function expectAlive(client: TestClient): Promise<void> {
  expect(await client.ask({ type: 'ping', data: { timestamp: 7 } })).toMatchObject({
    type: 'pong',
    data: { timestamp: 7 },
  });
}
