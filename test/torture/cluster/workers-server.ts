import { readFileSync } from 'node:fs';
import { vi } from 'vitest';
import { TorturedServer } from './tortured-server.js';

/** A start takes 1 s of a processor, and the machine may be busy. */
const START_MS = 90_000;

/** A server of several workers, whose primary process has their hub and accepts their connections. */
export class WorkersServer extends TorturedServer {
  private constructor(
    private readonly size: number,
    env: Readonly<Record<string, string>>,
  ) {
    super('workers', { SKREAVER_WS_WORKERS: String(size), ...env });
  }

  static async start(size: number, env: Readonly<Record<string, string>>): Promise<WorkersServer> {
    const server = new WorkersServer(size, env);
    await server.run();
    return server;
  }

  /** The processes that serve clients, also those that have not started yet. */
  get workers(): number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    return children.trim().split(' ').map(Number);
  }

  /** Signals a worker that is to end. Resolves when another one serves in its place. */
  async replace(worker: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    process.kill(worker, signal);
    await vi.waitUntil(() => !this.workers.includes(worker), { timeout: START_MS });
    await vi.waitUntil(async () => (await this.nodes()) === this.size, { timeout: START_MS });
  }

  /** How many workers are nodes of the hub; none where that cannot be told now. */
  private async nodes(): Promise<number> {
    try {
      const { nodes } = (await (await this.get('/api/nodes')).json()) as { nodes: readonly object[] };
      return nodes.length;
    } catch {
      return 0;
    }
  }
}
