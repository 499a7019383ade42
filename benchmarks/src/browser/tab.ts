import type { DevTools } from './dev-tools.js';

export interface SiteFile {
  readonly type: string;
  readonly body: Uint8Array;
}

/** Files of a page by their paths. */
export type Site = ReadonlyMap<string, SiteFile>;

interface PausedRequest {
  readonly requestId: string;
  readonly request: { readonly url: string };
}

interface Evaluation {
  readonly result: { readonly value: unknown };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
}

interface TraceEvent {
  readonly name: string;
  readonly args: { readonly data?: { readonly frames?: readonly { readonly processId: number }[] } };
}

/** Category of the event that lists the frames of the page. */
const TRACED = 'disabled-by-default-devtools.timeline';

/** A tab in front. Its page can be one of any origin, as DevTools answers what it loads instead of a server. */
export class Tab {
  private constructor(
    private readonly devTools: DevTools,
    private readonly sessionId: string,
  ) {}

  static async open(devTools: DevTools): Promise<Tab> {
    const { targetId } = await devTools.command<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
    const attached = { targetId, flatten: true };
    const { sessionId } = await devTools.command<{ sessionId: string }>('Target.attachToTarget', attached);
    return new Tab(devTools, sessionId);
  }

  /** Answers every request of the page from the site, until {@link unserve}. */
  async serve(site: Site): Promise<void> {
    this.devTools.on('Fetch.requestPaused', (paused) => {
      // The request, or the browser, may be gone by then; a page that misses a file says so itself.
      this.answer(paused as PausedRequest, site).catch(() => {});
    });
    await this.command('Fetch.enable');
  }

  async unserve(): Promise<void> {
    await this.command('Fetch.disable');
  }

  async navigate(url: string): Promise<void> {
    const { errorText } = await this.command<{ errorText?: string }>('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
  }

  /**
   * @returns the value of an expression in the page, awaited
   * @throws Error with what the page threw
   */
  async evaluate<Value>(expression: string): Promise<Value> {
    const how = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.command<Evaluation>('Runtime.evaluate', how);
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value as Value;
  }

  /** @returns the id of the process that runs the page; of all of DevTools, a trace alone tells it */
  async processId(): Promise<number> {
    const events: TraceEvent[] = [];
    this.devTools.on('Tracing.dataCollected', (data) => events.push(...(data as { value: TraceEvent[] }).value));
    const isComplete = new Promise((resolve) => this.devTools.on('Tracing.tracingComplete', resolve));
    await this.command('Tracing.start', { traceConfig: { includedCategories: [TRACED] } });
    await this.command('Tracing.end');
    await isComplete;
    const start = events.find(({ name }) => name === 'TracingStartedInBrowser');
    const id = start?.args.data?.frames?.[0]?.processId;
    if (id === undefined) throw new Error('The trace does not name the process of the page.');
    return id;
  }

  private async answer({ requestId, request }: PausedRequest, site: Site): Promise<void> {
    const file = site.get(new URL(request.url).pathname);
    const answer =
      file === undefined
        ? { responseCode: 404 }
        : {
            responseCode: 200,
            responseHeaders: [{ name: 'Content-Type', value: file.type }],
            body: Buffer.from(file.body).toString('base64'),
          };
    await this.command('Fetch.fulfillRequest', { requestId, ...answer });
  }

  private command<Result>(method: string, params: object = {}): Promise<Result> {
    return this.devTools.command(method, params, this.sessionId);
  }
}
