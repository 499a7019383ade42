import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LostLines } from './lost-lines.js';
import { StreamDestination } from './stream-destination.js';

type Done = (error?: Error | null) => void;

/** A reader that takes lines one by one, when the test tells it to. */
class Reader extends Writable {
  readonly lines: string[] = [];
  private pending: { readonly line: string; readonly done: Done } | undefined;

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.pending = { line: chunk.toString(), done };
  }

  read(error?: Error): void {
    const { line, done } = this.pending ?? { line: '', done: () => {} };
    if (error === undefined) this.lines.push(line);
    done(error);
  }
}

const destination = (maxBytes = 10) => {
  const said: string[] = [];
  const lost = new LostLines((sentence) => said.push(sentence));
  const reader = new Reader();
  return { reader, lost, said, log: new StreamDestination(reader, lost, maxBytes) };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('StreamDestination', () => {
  it('buffers no more than its bound for the reader, and goes on when it reads', async () => {
    const { reader, log, lost, said } = destination();
    for (let at = 0; at < 20; at += 1) log.write('12345\n');
    expect([lost.count, said]).toEqual([18, [expect.stringContaining('nobody reads it')]]);
    reader.read();
    reader.read();
    await turn();
    log.write('again\n');
    reader.read();
    expect(reader.lines).toEqual(['12345\n', '12345\n', 'again\n']);
  });

  it('counts the lines written after the reader has gone, and reports the first', async () => {
    const { reader, log, lost, said } = destination();
    log.write('a\n');
    reader.read(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await turn();
    log.write('b\n');
    log.write('c\n');
    expect([lost.count, said]).toEqual([3, [expect.stringContaining('EPIPE')]]);
  });

  it('is flushed when nothing waits, and at the deadline at the latest', async () => {
    const { reader, log } = destination();
    await log.flush(10_000);
    log.write('a\n');
    await log.flush(1);
    const flushed = log.flush(10_000);
    reader.read();
    await flushed;
  });
});
