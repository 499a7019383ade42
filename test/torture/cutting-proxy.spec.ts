import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CutKind, CuttingProxy } from './cutting-proxy.js';

const BYTES = Buffer.from('0123456789');

/** A server that greets with ten bytes, a proxy that cuts after four, and the client's socket. */
async function cutLink(kind: CutKind) {
  const greeted: Socket[] = [];
  const faults: string[] = [];
  const server = createServer((socket) => {
    greeted.push(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => faults.push(error.code ?? ''));
    socket.resume();
    socket.write(BYTES);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await CuttingProxy.start((server.address() as AddressInfo).port);
  const cut = new Promise<void>((resolve) => proxy.cutAfter(4, kind, resolve));
  const client = connect({ port: proxy.port, host: '127.0.0.1' });
  onTestFinished(async () => {
    client.destroy();
    await proxy.close();
    for (const socket of greeted) socket.destroy();
    server.close();
  });
  // Not `once`, which rejects when the reset comes as an error first.
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const seen = { text: '', ended: false, fault: '' };
  client.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
  client.on('end', () => (seen.ended = true));
  client.on('error', (error: NodeJS.ErrnoException) => (seen.fault = error.code ?? ''));
  await cut;
  return { proxy, client, closed, seen, faults, serverSide: () => greeted[0] as Socket };
}

describe('the cutting proxy', () => {
  it('finishes at the very byte, to both sides', async () => {
    const { closed, seen, serverSide } = await cutLink('finish');
    await closed;
    expect(seen).toEqual({ text: '0123', ended: true, fault: '' });
    await expect.poll(() => serverSide().readableEnded).toBe(true);
  });

  it('resets both sides', async () => {
    const { closed, seen, faults } = await cutLink('reset');
    await closed;
    expect('0123'.startsWith(seen.text)).toBe(true);
    // The client's kernel shows unread bytes and then the end; who has read everything sees the reset itself.
    await expect.poll(() => faults).toEqual(['ECONNRESET']);
  });

  it('stalls at the very byte, and lets the rest through when released', async () => {
    const { proxy, client, seen } = await cutLink('stall');
    await expect.poll(() => seen.text).toBe('0123');
    expect(proxy.isStalled).toBe(true);
    proxy.release();
    await expect.poll(() => seen.text).toBe('0123456789');
    expect(client.destroyed).toBe(false);
  });

  it('leaves a stalled server without a reader, so that its writes pile up', async () => {
    const { serverSide } = await cutLink('stall');
    const block = Buffer.alloc(1_048_576);
    for (let written = 0; written < 32; written += 1) serverSide().write(block);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(serverSide().writableLength).toBeGreaterThan(16 * 1_048_576);
  });
});
