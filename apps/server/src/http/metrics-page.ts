/** Making a page takes about 3 ms, and scrapers need no fresher one. */
const FRESH_MS = 1000;

/** Caches the text of the metrics for one second. */
export class MetricsPage {
  private latest: Promise<string> | undefined;

  constructor(private readonly make: () => Promise<string>) {}

  read(): Promise<string> {
    if (this.latest !== undefined) return this.latest;
    const page = this.make();
    this.latest = page;
    const forget = (): void => {
      this.latest = undefined;
    };
    setTimeout(forget, FRESH_MS).unref();
    page.catch(forget);
    return page;
  }
}
