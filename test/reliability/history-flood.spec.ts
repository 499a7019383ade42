import { Backplane } from '@skreaver/nestjs-ws';
import { describe, expect, it, vi } from 'vitest';
import { LoopCounter } from '../support/loop-counter.js';
import { range } from '../support/recover.js';
import { startApp } from '../support/test-app.js';
import type { TestClient } from '../support/test-client.js';

const EVENTS = 900;
const CHANNELS = { kept: { history: { size: 1000, ttl: 60_000 } }, room: { presence: true } };

const flooded = async () => {
  const app = await startApp({ channels: CHANNELS, readRate: 64 * 1_048_576 });
  const events = range(1, EVENTS).map((at) => ({ channel: 'kept', data: `${at} ${'x'.repeat(1000)}` }));
  await app.subscriptions.broadcastMany(events);
  return app;
};

const ask = (client: TestClient, method: string, params: object): void =>
  client.send({ type: 'request', data: { method, params }, correlation_id: 'page' });

describe('requests with large responses', () => {
  it.each([
    ['history', { channel: 'kept', limit: 1000 }],
    ['presence', { channel: 'room' }],
  ])('are read one per turn of the event loop: %s of nine connections', async (method, params) => {
    const app = await flooded();
    const clients = await Promise.all(range(1, 9).map(() => app.connect('', { perMessageDeflate: false })));
    const counter = new LoopCounter();
    const read: number[] = [];
    const backplane = app.app.get(Backplane);
    const real = { history: backplane.history.bind(backplane), members: backplane.members.bind(backplane) };
    const noted = <Asked extends unknown[], Read>(reads: (...asked: Asked) => Read) => {
      return (...asked: Asked): Read => {
        read.push(counter.turn);
        return reads(...asked);
      };
    };
    Object.assign(backplane, { history: noted(real.history), members: noted(real.members) });
    for (const client of clients) for (const _ of range(1, 3)) ask(client, method, params);
    for (const client of clients) for (const _ of range(1, 3)) await client.next('response');
    counter.stop();
    expect(read).toHaveLength(27);
    expect(new Set(read).size).toBe(27);
  });

  it('are answered one at a time, each when the client has read the one before', async () => {
    const app = await flooded();
    const history = vi.spyOn(app.app.get(Backplane), 'history');
    const client = await app.connect('', { perMessageDeflate: false });
    client.stall();
    for (const _ of range(1, 48)) ask(client, 'history', { channel: 'kept', limit: 1000 });
    const other = await app.connect();
    for (const _ of range(1, 50)) await other.settle();
    // As many as the kernel takes for a peer that does not read, and one that waits.
    expect(history.mock.calls.length).toBeLessThan(16);
    expect(app.registry.list()).toHaveLength(2);
  });

  it('are answered uncompressed, whatever the client offered', async () => {
    const app = await flooded();
    const client = await app.connect('', { perMessageDeflate: true });
    const { bytesRead } = (client.webSocket as unknown as { _socket: { bytesRead: number } })._socket;
    const answer = await client.request('history', { channel: 'kept', limit: 1000 });
    expect(
      (client.webSocket as unknown as { _socket: { bytesRead: number } })._socket.bytesRead - bytesRead,
    ).toBeGreaterThan(JSON.stringify(answer).length);
  });
});
