import type { Readable, Writable } from 'node:stream';

interface Message {
  /** Of the command that it answers; absent in an event. */
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: unknown;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** The DevTools protocol over the pipes of `--remote-debugging-pipe`: JSON, each message ended by a NUL. */
export class DevTools {
  private readonly waiting = new Map<number, (answer: Message) => void>();
  private readonly listeners = new Map<string, (params: unknown) => void>();
  private lastId = 0;
  private rest = '';

  constructor(
    private readonly toBrowser: Writable,
    fromBrowser: Readable,
  ) {
    fromBrowser.setEncoding('utf8').on('data', (chunk: string) => this.take(chunk));
    fromBrowser.once('close', () => this.failAll());
    toBrowser.on('error', () => this.failAll());
  }

  /**
   * @param sessionId of the page that the command is for; by default it is for the browser
   * @throws Error if the browser refuses, does not answer in time, or ends
   */
  command<Result>(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle({ id, error: { message: 'no answer' } }), ANSWER_TIMEOUT_MS);
      this.waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(result as Result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      this.toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** @param listener of the events of one name; it replaces an earlier one */
  on(event: string, listener: (params: unknown) => void): void {
    this.listeners.set(event, listener);
  }

  private take(chunk: string): void {
    const messages = (this.rest + chunk).split('\0');
    this.rest = messages.pop() ?? '';
    for (const message of messages) this.settle(JSON.parse(message) as Message);
  }

  private settle(message: Message): void {
    if (message.id === undefined) {
      this.listeners.get(message.method ?? '')?.(message.params);
      return;
    }
    this.waiting.get(message.id)?.(message);
    this.waiting.delete(message.id);
  }

  private failAll(): void {
    for (const id of this.waiting.keys()) this.settle({ id, error: { message: 'the browser has ended' } });
  }
}
