import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { PUBLISH_KEY, withAuthentication } from '../../e2e/credentials.js';
import { EngineProxy } from '../../support/engine-proxy.js';
import { RunningProcess } from '../../support/running-process.js';
import { CuttingProxy } from '../cutting-proxy.js';

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));
const KEY = { Authorization: `Bearer ${PUBLISH_KEY}` };

/** A start takes 1 s of a processor, and the machine may be busy. */
const START_MS = 90_000;

/** The standalone server as a process, between a proxy to its engine and one for each of its clients. */
export class ClusterNode {
  /** Clients can reach it. */
  isUp = false;
  private process: RunningProcess | undefined;
  private port = 0;
  private readonly clients: CuttingProxy[] = [];

  private constructor(
    readonly name: string,
    readonly engine: EngineProxy,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(name: string, redis: number, env: Readonly<Record<string, string>>): Promise<ClusterNode> {
    const node = new ClusterNode(name, await EngineProxy.start(redis), env);
    onTestFinished(async () => {
      await node.kill();
      for (const proxy of node.clients) await proxy.close();
    });
    await node.run();
    return node;
  }

  /** Starts the process: at first, or in the place of one that has ended. */
  async run(): Promise<void> {
    const { PATH = '' } = process.env;
    const env = {
      PATH,
      SKREAVER_WS_PORT: '0',
      SKREAVER_WS_REDIS_URL: this.engine.url,
      ...withAuthentication,
      ...this.env,
    };
    const child = new RunningProcess(process.execPath, [MAIN], env, onTestFinished, { patienceMs: START_MS });
    this.process = child;
    this.port = Number((await child.prints(/ws:\/\/[^/]+:(\d+)\//))[1]);
    this.isUp = true;
    for (const proxy of this.clients) proxy.target = this.port;
  }

  /** A way for one client, which leads to another node while this one is gone. */
  async wayIn(): Promise<CuttingProxy> {
    const proxy = await CuttingProxy.start(this.port);
    this.clients.push(proxy);
    return proxy;
  }

  /** Has the clients of this node come to another one. */
  leadTo(other: ClusterNode): void {
    for (const proxy of this.clients) proxy.target = other.port;
  }

  async kill(): Promise<void> {
    this.isUp = false;
    this.process?.wake();
    this.process?.signal('SIGKILL');
    await this.process?.exited;
  }

  /** Ends as a deployment ends it. @returns the exit code */
  async drain(): Promise<number | null> {
    const { process } = this;
    process?.signal('SIGTERM');
    this.isUp = false;
    return (await process?.exited) ?? null;
  }

  sleep(): void {
    this.process?.sleep();
  }

  wake(): void {
    this.process?.wake();
  }

  /** Everything that it has logged. */
  get printed(): string {
    return this.process?.printed ?? '';
  }

  /** @throws Error where it ended without having been told to */
  assertRunning(): void {
    if (this.isUp && this.process?.isRunning !== true) throw new Error(`${this.name} has ended:\n${this.printed}`);
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
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
    const page = await (await fetch(`http://127.0.0.1:${this.port}/metrics`, { headers: KEY })).text();
    return Number(/^nodejs_heap_size_used_bytes (.+)$/m.exec(page)?.[1]) / 2 ** 20;
  }
}
