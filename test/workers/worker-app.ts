import { join } from 'node:path';
import { vi } from 'vitest';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';

const APP = join(import.meta.dirname, 'children/app.mjs');

/** The application of `children/app.mjs` with its workers, in a process group of its own. */
export class WorkerApp {
  private constructor(
    readonly primary: RunningProcess,
    readonly port: number,
  ) {}

  static spawn(env: Record<string, string> = {}, node = process.execPath): RunningProcess {
    const { PATH = '' } = process.env;
    return new RunningProcess(node, [APP], { PATH, ...env }, undefined, { ownGroup: true });
  }

  static async start(env: Record<string, string> = {}, node = process.execPath): Promise<WorkerApp> {
    const primary = WorkerApp.spawn(env, node);
    const [, port] = await primary.prints(/up: \d+ workers on port (\d+)/);
    return new WorkerApp(primary, Number(port));
  }

  /** The workers that have listened, whether they still run or not. */
  get workers(): number[] {
    return [...this.primary.printed.matchAll(/worker (\d+) listens/g)].map(([, pid]) => Number(pid));
  }

  connect(): Promise<TestClient> {
    return TestClient.open(`ws://127.0.0.1:${this.port}/ws`);
  }

  /** Connections are dealt out in turn, so this soon has one of each worker. */
  async connectToEach(workers: number): Promise<TestClient[]> {
    const byWorker = new Map<number, TestClient>();
    while (byWorker.size < workers) {
      const client = await this.connect();
      byWorker.set(await pidOf(client), client);
    }
    return [...byWorker.values()];
  }

  /** Ends a worker at once and resolves when the next one listens. */
  async kill(worker: number): Promise<void> {
    const before = this.workers.length;
    process.kill(worker, 'SIGKILL');
    await vi.waitUntil(() => this.workers.length > before, { timeout: 20_000 });
  }

  /** Resolves when no process of the group is left. */
  async isGone(): Promise<void> {
    await vi.waitUntil(() => !isRunning(-this.primary.pid), { timeout: 20_000 });
  }
}

/** The process that serves a client. */
export async function pidOf(client: TestClient): Promise<number> {
  const { data } = await client.request('pid');
  return data.status === 'success' ? Number(data.result) : 0;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
