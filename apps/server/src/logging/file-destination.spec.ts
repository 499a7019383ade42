import { write } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FileDestination } from './file-destination.js';
import { LostLines } from './lost-lines.js';

vi.mock('node:fs', () => ({ write: vi.fn<() => void>(), writeSync: vi.fn<() => void>() }));

type Done = (error: NodeJS.ErrnoException | null, count: number) => void;

/** A disk whose writes the test completes one by one. */
class Disk {
  content = '';
  private readonly pending: { readonly bytes: Buffer; readonly done: Done }[] = [];

  constructor() {
    vi.mocked(write).mockImplementation(((_fd: number, bytes: Buffer, done: Done) => {
      this.pending.push({ bytes, done });
    }) as unknown as typeof write);
  }

  get writes(): number {
    return this.pending.length;
  }

  take(most = Number.POSITIVE_INFINITY): void {
    const { bytes, done } = this.next();
    const taken = bytes.subarray(0, most);
    this.content += taken.toString();
    done(null, taken.length);
  }

  fail(code: string): void {
    this.next().done(Object.assign(new Error(code), { code }), 0);
  }

  private next(): { readonly bytes: Buffer; readonly done: Done } {
    const next = this.pending.shift();
    if (next === undefined) throw new Error('nothing is being written');
    return next;
  }
}

const destination = (maxBytes = 100) => {
  const said: string[] = [];
  const lost = new LostLines((sentence) => said.push(sentence));
  const disk = new Disk();
  return { disk, lost, said, log: new FileDestination(1, lost, maxBytes) };
};

describe('FileDestination', () => {
  beforeEach(() => {
    vi.resetAllMocks();
    vi.spyOn(process, 'once').mockReturnValue(process);
  });

  it('writes one line at first, and then with one write all lines that came in between', () => {
    const { disk, log } = destination();
    for (const line of ['a\n', 'b\n', 'c\n']) log.write(line);
    expect(disk.writes).toBe(1);
    disk.take();
    expect(disk.content).toBe('a\n');
    disk.take();
    expect([disk.content, disk.writes]).toEqual(['a\nb\nc\n', 0]);
  });

  it('drops and counts the lines that the disk refuses, reports the first, and goes on when the disk accepts lines again', () => {
    const { disk, log, lost, said } = destination();
    log.write('a\n');
    log.write('b\n');
    log.write('c\n');
    disk.fail('ENOSPC');
    disk.fail('ENOSPC');
    expect([lost.count, said]).toEqual([3, [expect.stringContaining('ENOSPC')]]);
    log.write('d\n');
    disk.take();
    expect([disk.content, lost.count]).toEqual(['d\n', 3]);
  });

  it('finishes a line that the disk wrote partly', () => {
    const { disk, log, lost } = destination();
    log.write('first\n');
    disk.take(2);
    disk.take();
    log.write('second\n');
    disk.take();
    expect([disk.content, lost.count]).toEqual(['first\nsecond\n', 0]);
  });

  it('begins a new line after one that the disk cut short', () => {
    const { disk, log, lost } = destination();
    log.write('first\n');
    log.write('second\n');
    log.write('third\n');
    disk.take();
    disk.take(10);
    disk.fail('ENOSPC');
    expect(lost.count).toBe(1);
    log.write('fourth\n');
    disk.fail('ENOSPC');
    log.write('fifth\n');
    disk.take();
    expect([disk.content, lost.count]).toEqual(['first\nsecond\nthi\nfifth\n', 2]);
  });

  it('buffers no more than its bound', () => {
    const { disk, log, lost, said } = destination(10);
    log.write('a\n');
    for (let at = 0; at < 20; at += 1) log.write('12345\n');
    expect([lost.count, said.length]).toEqual([18, 1]);
    disk.take();
    disk.take();
    expect(disk.content).toBe('a\n12345\n12345\n');
  });

  it('is flushed when nothing waits, and at the deadline at the latest', async () => {
    const { disk, log } = destination();
    await log.flush(10_000);
    log.write('a\n');
    await log.flush(1);
    const flushed = log.flush(10_000);
    disk.take();
    await flushed;
  });
});
