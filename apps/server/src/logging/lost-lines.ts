import { Counter } from 'prom-client';

const NAME = 'websocket_log_lines_lost_total';

/** Counts log lines that could not be written. The first one is reported on stderr. */
export class LostLines {
  private lost = 0;

  constructor(private readonly say: (sentence: string) => void = sayOnStderr) {}

  get count(): number {
    return this.lost;
  }

  /** @param reason such as the code of the error */
  add(lines: number, reason: string): void {
    if (this.lost === 0) {
      this.say(`The log cannot be written (${reason}); lines are lost, and counted in ${NAME}.\n`);
    }
    this.lost += lines;
  }

  /** Exposes the count in prom-client's default registry. */
  register(): void {
    const count = (): number => this.lost;
    const counter = new Counter({
      name: NAME,
      help: 'Log lines that could not be written',
      collect(): void {
        counter.reset();
        counter.inc(count());
      },
    });
  }
}

/** stderr may be broken too, and an error event without a listener would end the process. */
function sayOnStderr(sentence: string): void {
  process.stderr.on('error', () => {});
  process.stderr.write(sentence);
}
