import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';

const CHILD = join(import.meta.dirname, 'children/throwing-listeners.mjs');

describe('a listener of a request signal that throws', () => {
  it('does not end the process: at a cancel, at a timeout, or at the end of the connection', async () => {
    const child = new RunningProcess(process.execPath, [CHILD]);
    const [, port] = await child.prints(/listening on (\d+)\n/);
    const url = `ws://127.0.0.1:${port}/ws`;
    const [client, other] = [await TestClient.open(url), await TestClient.open(url)];

    client.send({ type: 'request', correlation_id: 'r', data: { method: 'wait' } });
    expect((await client.request('cancel', { correlation_id: 'r' })).data).toMatchObject({
      result: { cancelled: true },
    });
    expect((await client.ask({ type: 'request', data: { method: 'wait', timeout: 1 } })).data).toMatchObject({
      error: { code: 'REQUEST_TIMEOUT' },
    });
    client.send({ type: 'request', data: { method: 'wait' } });
    await client.settle();
    client.webSocket.close();
    await client.closed;

    expect((await other.ask({ type: 'ping' })).type).toBe('pong');
    for (const message of ['at once', 'later', 'onabort'])
      await child.prints(new RegExp(`handler failed[^]*${message}`));
    expect(await child.end()).toBe(0);
  });
});
