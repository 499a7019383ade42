/** Where a command prints: what scripts read goes to stdout, what people read besides to stderr. */
export interface Output {
  /** One value: as JSON, pretty on a terminal. With --json, `whole` in its place. */
  data(value: unknown, whole?: unknown): void;
  /** Text as it is, without a line feed; the whole as JSON with --json. */
  text(text: string, whole: unknown): void;
  /** A sentence for people; nothing with --quiet. */
  talk(sentence: string): void;
}

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly raw?: boolean;
}

export function createOutput({ json = false, quiet = false, raw = false }: OutputOptions): Output {
  const plain = (value: unknown): string => {
    if (raw && typeof value === 'string') return value;
    return JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0);
  };
  return {
    data: (value, whole = value) => printLine(json ? JSON.stringify(whole) : plain(value)),
    text: (text, whole) => (json ? printLine(JSON.stringify(whole)) : void process.stdout.write(text)),
    talk: (sentence) => quiet || void process.stderr.write(`${sentence}\n`),
  };
}

const printLine = (text: string): void => void process.stdout.write(`${text}\n`);

/** A reader that has gone, such as `head`, ends the process without a word. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

type Style = 'green' | 'red' | 'yellow';

const codes: Readonly<Record<Style, number>> = { red: 31, green: 32, yellow: 33 };

/** Colours a text for a terminal that has colours; `NO_COLOR` takes them away. */
export function painted(style: Style, text: string): string {
  const hasColors = process.stdout.isTTY && process.stdout.hasColors();
  return hasColors ? `\u001B[${codes[style]}m${text}\u001B[39m` : text;
}
