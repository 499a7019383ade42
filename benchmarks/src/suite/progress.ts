const CLEAR_LINE = '\r\u001b[2K';

/** Prints the progress of the run on stderr, with an estimate of the time left. */
export class Progress {
  private readonly startedAt = performance.now();
  private done = 0;

  constructor(
    private readonly total: number,
    private readonly out: NodeJS.WriteStream,
  ) {}

  step(what: string): void {
    const line = `[${String(this.done).padStart(String(this.total).length)}/${this.total}] ${what}${this.timeLeft()}`;
    this.out.write(this.out.isTTY ? CLEAR_LINE + line : `${line}\n`);
    this.done += 1;
  }

  end(): void {
    if (this.out.isTTY) this.out.write(CLEAR_LINE);
  }

  private timeLeft(): string {
    if (this.done === 0) return '';
    const spent = (performance.now() - this.startedAt) / 1000;
    return `  (about ${Math.ceil((spent / this.done) * (this.total - this.done))} s left)`;
  }
}
