import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { HubServer } from '../../hub/hub-server.js';
import { startHubServer } from '../../hub/hub.js';
import type { HubOptions } from '../../hub/hub.options.js';
import { WorkerStartError } from '../worker-start-error.js';

/**
 * The hub of the workers, in the primary process. That has little else to do, and a hub of its own process would not
 * outlive more: its memory ends with it, so every channel begins another epoch either way.
 */
export class OwnHub {
  private constructor(
    readonly path: string,
    /** Has the metrics of the hub. */
    readonly registry: Registry,
    private readonly directory: string,
    private readonly hub: HubServer,
  ) {}

  /** Listens in a new directory, which only this user may enter. */
  static async start(options: Omit<HubOptions, 'path' | 'registry'>): Promise<OwnHub> {
    const directory = await makeDirectory();
    const path = join(directory, 'hub');
    const registry = new Registry();
    return new OwnHub(path, registry, directory, await startHubServer({ path, registry, ...options }));
  }

  /** A worker has ended. Otherwise commands would wait for it, and fail, until its lease is over. */
  workerEnded(pid: number): void {
    this.hub.processEnded(pid);
  }

  async close(): Promise<void> {
    await this.hub.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function makeDirectory(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'skreaver-hub-'));
  } catch (error) {
    throw new WorkerStartError(
      `The hub of the workers needs a place for its socket: ${(error as Error).message}. Set TMPDIR to a directory in ` +
        'which this user may write.',
    );
  }
}
