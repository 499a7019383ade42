/** npm passes on a Ctrl+C that the terminal has sent already: what comes so soon is the same press. */
const SAME_PRESS_MS = 500;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

type Name = keyof typeof EXIT_CODES;
const NAMES = Object.keys(EXIT_CODES) as Name[];

/** The signals of this process. */
export interface Signals {
  on(name: Name, listener: () => void): unknown;
  off(name: Name, listener: () => void): unknown;
}

/** Tells the first SIGTERM or SIGINT, by which a shutdown begins, from a later one, by someone who does not want to wait. */
export class ShutdownSignals {
  private firstAt: number | undefined;
  private readonly listeners = new Map(NAMES.map((name) => [name, () => this.got(name)]));

  /** @param onImpatient called with the exit code of a process that such a signal ends */
  constructor(
    private readonly signals: Signals,
    private readonly onFirst: () => void,
    private readonly onImpatient: (exitCode: number) => void,
  ) {
    for (const [name, listener] of this.listeners) signals.on(name, listener);
  }

  stop(): void {
    for (const [name, listener] of this.listeners) this.signals.off(name, listener);
  }

  private got(name: Name): void {
    const now = performance.now();
    if (this.firstAt === undefined) {
      this.firstAt = now;
      this.onFirst();
    } else if (now - this.firstAt >= SAME_PRESS_MS) {
      this.onImpatient(EXIT_CODES[name]);
    }
  }
}
