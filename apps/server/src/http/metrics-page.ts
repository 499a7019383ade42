/** A page costs some 3 ms, and shows nothing new before. */
const FRESH_MS = 1000;

/** The metrics as text, made once for all who ask within a second. */
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
