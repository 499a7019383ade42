import { Writable } from 'node:stream';

/** A stream whose "kernel" takes a write only when told to. */
export class HeldStream extends Writable {
  readonly taken: Buffer[] = [];
  private readonly waiting: (() => void)[] = [];
  private isOpen = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const take = (): void => {
      if (chunk.length > 0) this.taken.push(chunk);
      done();
    };
    if (this.isOpen || chunk.length === 0) take();
    else this.waiting.push(take);
  }

  /** From now on it takes every write at once, as for a peer that reads. */
  open(): void {
    this.isOpen = true;
    for (const take of this.waiting.splice(0)) take();
  }

  hold(): void {
    this.isOpen = false;
  }

  /** Takes one write. */
  async take(): Promise<void> {
    this.waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async takeAll(): Promise<void> {
    while (this.waiting.length > 0) await this.take();
  }

  get text(): string {
    return Buffer.concat(this.taken).toString();
  }

  /** The payloads of the frames taken, none of 64 KiB or more. */
  get messages(): string[] {
    const bytes = Buffer.concat(this.taken);
    const messages: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const short = bytes.readUInt8(at + 1);
      const start = at + (short < 126 ? 2 : 4);
      at = start + (short < 126 ? short : bytes.readUInt16BE(at + 2));
      messages.push(bytes.toString('utf8', start, at));
    }
    return messages;
  }
}
