import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { PUBLISH_KEY, withAuthentication } from '../../e2e/credentials.js';
import { RunningProcess } from '../../support/running-process.js';
import { CuttingProxy } from '../cutting-proxy.js';

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));
const KEY = { Authorization: `Bearer ${PUBLISH_KEY}` };

/** A start takes 1 s of a processor, and the machine may be busy. */
const START_MS = 90_000;

/** The standalone server as a process, with a proxy for each of its clients. */
export class TorturedServer {
  /** Clients can reach it. */
  private isUp = false;
  private process: RunningProcess | undefined;
  private port = 0;
  private readonly clients: CuttingProxy[] = [];

  protected constructor(
    readonly name: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    onTestFinished(async () => {
      await this.kill();
      for (const proxy of this.clients) await proxy.close();
    });
  }

  /** Starts the process: at first, or in the place of one that has ended. */
  async run(): Promise<void> {
    const { PATH = '' } = process.env;
    const env = { PATH, SKREAVER_WS_PORT: '0', ...withAuthentication, ...this.env };
    const child = new RunningProcess(process.execPath, [MAIN], env, onTestFinished, { patienceMs: START_MS });
    this.process = child;
    this.port = Number((await child.prints(/ws:\/\/[^/]+:(\d+)\//))[1]);
    this.isUp = true;
    this.leadTo(this);
  }

  /** A way for one client, which leads to another server while this one is gone. */
  async wayIn(): Promise<CuttingProxy> {
    const proxy = await CuttingProxy.start(this.port);
    this.clients.push(proxy);
    return proxy;
  }

  /** Has the clients of this server come to another one. */
  leadTo(other: TorturedServer): void {
    for (const proxy of this.clients) proxy.target = other.port;
  }

  async kill(): Promise<void> {
    this.isUp = false;
    this.process?.wake();
    this.process?.signal('SIGKILL');
    await this.process?.exited;
  }

  /** Ends as a deployment ends it. @throws Error unless its exit code is 0 */
  async drain(): Promise<void> {
    const { process } = this;
    process?.signal('SIGTERM');
    this.isUp = false;
    const code = await process?.exited;
    if (code !== 0) throw new Error(`${this.name} ended with ${code} after SIGTERM:\n${this.printed}`);
  }

  sleep(): void {
    this.process?.sleep();
  }

  wake(): void {
    this.process?.wake();
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  /** @throws Error where it ended without having been told to */
  assertRunning(): void {
    if (this.isUp && this.process?.isRunning !== true) throw new Error(`${this.name} has ended:\n${this.printed}`);
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers: KEY });
  }

  post(path: string, body: object, withinMs: number): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...KEY },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(withinMs),
    });
  }

  /** MB of the heap in use. */
  async heap(): Promise<number> {
    const page = await (await this.get('/metrics')).text();
    return Number(/^nodejs_heap_size_used_bytes (.+)$/m.exec(page)?.[1]) / 2 ** 20;
  }

  /** Everything that it has logged. */
  private get printed(): string {
    return this.process?.printed ?? '';
  }
}
