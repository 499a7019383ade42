import { join } from 'node:path';
import { EngineProxy } from './engine-proxy.js';
import { hubFolder } from './hub-folder.js';
import { RunningProcess } from './running-process.js';

const SCRIPT = join(import.meta.dirname, '../reliability/children/hub.mjs');

/** A hub in a process of its own, which ends with the test. */
export class HubProcess {
  private process: RunningProcess | undefined;
  private proxies = 0;

  private constructor(private readonly folder: string) {}

  static async start(): Promise<HubProcess> {
    const hub = new HubProcess(hubFolder());
    await hub.startAgain();
    return hub;
  }

  get path(): string {
    return join(this.folder, 'hub.sock');
  }

  /** Another one, which remembers nothing. */
  async startAgain(): Promise<void> {
    this.process = new RunningProcess(process.execPath, [SCRIPT, this.path]);
    await this.process.prints(/listening/);
  }

  async kill(): Promise<void> {
    this.process?.signal('SIGKILL');
    await this.process?.exited;
  }

  sleep(): void {
    this.process?.sleep();
  }

  wake(): void {
    this.process?.wake();
  }

  /** A proxy before it, and the path of its socket. */
  async behindProxy(): Promise<{ proxy: EngineProxy; path: string }> {
    this.proxies += 1;
    const path = join(this.folder, `${this.proxies}.sock`);
    return { proxy: await EngineProxy.startOn(path, this.path), path };
  }
}
