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

/** A reader that has gone, such as `head`, ends the process without a word. What nobody reads on stderr is lost. */
export function endWithReader(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`stdout cannot be written: ${error.message}\n`, () => process.exit(1));
  });
}

/** Resolves when readers have taken all that was printed: a pipe holds 64 KiB, and the end of the process drops the rest. */
export async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<unknown>((resolve) => void stream.write('', resolve));
  }
}

type Style = 'green' | 'red' | 'yellow';

const codes: Readonly<Record<Style, number>> = { red: 31, green: 32, yellow: 33 };

/** Colours a text for a terminal that has colours; `NO_COLOR` takes them away. */
export function painted(style: Style, text: string): string {
  const hasColors = process.stdout.isTTY && process.stdout.hasColors();
  return hasColors ? `\u001B[${codes[style]}m${text}\u001B[39m` : text;
}
