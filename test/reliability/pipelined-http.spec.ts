import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';

const SOCKETS = 50;
const REQUESTS = 3000;
const ATTACK_MS = 3000;
const RSS = 'process_resident_memory_bytes';

/** A socket that asks for the metrics without waiting for answers, and again when it is cut. */
function flood(port: number, signal: AbortSignal, requests: number): void {
  const socket = connect(port, '127.0.0.1');
  const once = Buffer.from('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(requests));
  socket.on('connect', () => socket.write(once));
  socket.on('error', () => {});
  socket.resume();
  const end = (): void => void socket.destroy();
  signal.addEventListener('abort', end);
  socket.on('close', () => {
    signal.removeEventListener('abort', end);
    if (!signal.aborted) flood(port, signal, requests);
  });
}

/** The longest that another client waited for a pong, in ms. */
async function longestPing(client: TestClient, until: AbortSignal): Promise<number> {
  let longest = 0;
  while (!until.aborted) {
    const asked = performance.now();
    await client.ask({ type: 'ping' });
    longest = Math.max(longest, performance.now() - asked);
    await setTimeout(20);
  }
  return longest;
}

it.each([
  ['thousands of pipelined requests on each of 50 sockets', REQUESTS],
  ['as many as a socket may have waiting', 17],
])('another client does not wait, and memory stays, under %s', async (_what, requests) => {
  const server = await ServerProcess.start('ignore', { SKREAVER_WS_MAX_CONNECTIONS_PER_IP: '200' });
  const client = await TestClient.open(server.ws);
  const before = await server.metric(RSS);
  const signal = AbortSignal.timeout(ATTACK_MS);
  for (let at = 0; at < SOCKETS; at += 1) flood(server.port, signal, requests);
  const longest = await longestPing(client, signal);
  const grown = (await server.metric(RSS)) - before;
  expect(longest).toBeLessThan(1500);
  // 10 to 180 MB measured, depending on when the heap is collected.
  expect(grown).toBeLessThan(400e6);
});
