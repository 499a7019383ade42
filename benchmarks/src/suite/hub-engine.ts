import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HubOrder, HubReply } from '../server/hub-messages.js';
import { Child } from './child.js';
import type { Engine } from './engine.js';

const FILE = fileURLToPath(new URL('../server/hub-process.js', import.meta.url));

/** The hub of the workers of one contestant, in a process of its own. */
export class HubEngine implements Engine {
  readonly versions = {};

  private constructor(
    private readonly path: string,
    private readonly process: Child<HubOrder, HubReply>,
  ) {}

  /** Listens in a new directory. */
  static async start(): Promise<HubEngine> {
    const path = join(await mkdtemp(join(tmpdir(), 'bench-hub-')), 'hub');
    const hub = new HubEngine(path, Child.start(FILE, 'the hub', path));
    try {
      await hub.process.ask({ kind: 'listen' });
      return hub;
    } catch (error) {
      await hub.stop();
      throw error;
    }
  }

  get at(): { readonly hubPath: string } {
    return { hubPath: this.path };
  }

  async cpuMicros(): Promise<number> {
    return (await this.process.ask({ kind: 'cpu' })).cpuMicros;
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(dirname(this.path), { recursive: true, force: true });
  }
}
