import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Unavailable } from '../suite/unavailable.js';
import { DevTools } from './dev-tools.js';

const CHROMIUM = 'chromium';

/** Also as root and without a screen, and with nothing to do but its page. It ends when the pipes close. */
const FLAGS = [
  '--remote-debugging-pipe',
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page that no server of this machine has served would wait for its user's leave to connect to one.
  '--disable-features=LocalNetworkAccessChecks',
];

interface ProcessInfo {
  readonly type: string;
  readonly id: number;
}

/** A Chromium with a profile of its own. */
export class Chromium {
  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
    readonly devTools: DevTools,
  ) {}

  /** @throws Unavailable where there is no command `chromium` */
  static async start(): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'bench-chromium-'));
    const args = [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'];
    const child = spawn(CHROMIUM, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    try {
      await once(child, 'spawn');
    } catch {
      await rm(profile, { recursive: true });
      throw new Unavailable('Chromium is not installed');
    }
    const [, , , toBrowser, fromBrowser] = child.stdio;
    return new Chromium(child, profile, new DevTools(toBrowser as Writable, fromBrowser as Readable));
  }

  /** Such as `156.0.8078.108`. */
  async version(): Promise<string> {
    const { product } = await this.devTools.command<{ product: string }>('Browser.getVersion');
    return product.replace(/^.*\//, '');
  }

  /** @returns the id of the process that has the sockets */
  async networkProcess(): Promise<number> {
    const { processInfo } = await this.devTools.command<{ processInfo: ProcessInfo[] }>('SystemInfo.getProcessInfo');
    const found = processInfo.find(({ type }) => type === 'network.mojom.NetworkService');
    if (found === undefined) throw new Error('Chromium has no network process.');
    return found.id;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await ended;
    }
    // Its last child processes may still write.
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
