import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { tcpPair, tlsPair } from '../../../test/support/socket-pair.js';
import { descriptorOf } from './direct-write.js';
import { SocketWriter } from './socket-writer.js';

class Probe extends SocketWriter {
  readonly events: string[] = [];

  constructor(private readonly near: Socket) {
    super(near);
  }

  write(bytes: Buffer): void {
    const wasStalled = this.isStalled;
    this.writeBytes(bytes, 1);
    if (this.isStalled && !wasStalled) this.events.push('stalled');
  }

  get stalls(): boolean {
    return this.isStalled;
  }

  get waiting(): { bytes: number; frames: number } {
    return { bytes: this.backlog, frames: this.framesInFlight };
  }

  protected override onResumed(): void {
    this.events.push(`resumed with ${this.near.writableLength} left`);
  }
}

const numbered = (at: number, size: number): Buffer => Buffer.from(`${at};`.padEnd(size, '.'));

describe.each([
  ['plain TCP', tcpPair, true],
  ['TLS', tlsPair, false],
] as const)('a socket writer over %s', (_what, pair, isDirect) => {
  it('writes everything in order with other writes to the stream, however slowly the peer reads', async () => {
    const { near, far } = await pair();
    const probe = new Probe(near);
    far.pause();
    const sent: Buffer[] = [];
    const send = (bytes: Buffer, write: (bytes: Buffer) => void): void => {
      sent.push(bytes);
      write(bytes);
    };
    for (let at = 0; at < 300; at += 1) {
      send(numbered(at, 40_000), (bytes) => probe.write(bytes));
      if (at % 7 === 0) send(Buffer.from('pong;'), (bytes) => near.write(bytes));
    }
    expect(probe.stalls).toBe(true);
    const received = buffer(far);
    // From time to time the kernel has room while bytes still wait in the stream.
    for (let at = 300; at < 600; at += 1) {
      send(numbered(at, 40_000), (bytes) => probe.write(bytes));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(probe.stalls).toBe(false), { timeout: 5000, interval: 5 });
    near.end();
    expect((await received).equals(Buffer.concat(sent))).toBe(true);
    expect(probe.events.slice(0, 2)).toEqual(['stalled', expect.stringContaining('resumed')]);
  });

  it(`${isDirect ? 'bypasses' : 'uses'} the stream`, async () => {
    const { near, far } = await pair();
    expect(descriptorOf(near) >= 0).toBe(isDirect);
    const probe = new Probe(near);
    const write = vi.spyOn(near, 'write');
    probe.write(Buffer.from('hello'));
    expect(write).toHaveBeenCalledTimes(isDirect ? 0 : 1);
    const [received] = (await once(far, 'data')) as [Buffer];
    expect(received.toString()).toBe('hello');
  });
});

describe('a socket writer', () => {
  it('reports what the kernel has left, until it has everything', async () => {
    const { near, far } = await tcpPair();
    const probe = new Probe(near);
    far.pause();
    const chunk = Buffer.alloc(1_000_000);
    while (!probe.stalls) probe.write(chunk);
    probe.write(Buffer.alloc(16_000_000));
    expect(probe.waiting.frames).toBe(2);
    expect(probe.waiting.bytes).toBe(near.writableLength);
    expect(near.writableLength).toBeGreaterThan(chunk.length);
    far.resume();
    await vi.waitFor(() => expect(probe.stalls).toBe(false), { timeout: 5000, interval: 5 });
    expect(probe.waiting).toEqual({ bytes: 0, frames: 0 });
    expect(probe.events).toEqual(['stalled', 'resumed with 0 left']);
  });

  it('resumes when the socket ends', async () => {
    const { near, far } = await tcpPair();
    near.on('error', () => {});
    const probe = new Probe(near);
    far.pause();
    while (!probe.stalls) probe.write(Buffer.alloc(1_000_000));
    near.destroy();
    await vi.waitFor(() => expect(probe.events).toEqual(['stalled', expect.stringContaining('resumed')]), 20_000);
  });

  it('never writes to a descriptor that belongs to another socket by now', async () => {
    const { near } = await tcpPair();
    near.on('error', () => {});
    const probe = new Probe(near);
    const descriptor = descriptorOf(near);
    const folder = mkdtempSync(join(tmpdir(), 'descriptor-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    near.destroy();
    const opened: number[] = [];
    while (!opened.includes(descriptor)) opened.push(openSync(join(folder, `${opened.length}`), 'w'));
    onTestFinished(() => opened.forEach((each) => closeSync(each)));
    probe.write(Buffer.from('not for this file'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(readFileSync(join(folder, `${opened.length - 1}`), 'utf8')).toBe('');
  });

  it('uses the stream if its write was replaced', async () => {
    const { near } = await tcpPair();
    const original = near.write.bind(near);
    near.write = ((...parameters: Parameters<Socket['write']>) => original(...parameters)) as Socket['write'];
    expect(descriptorOf(near)).toBe(-1);
    expect(descriptorOf(new Duplex())).toBe(-1);
  });
});
