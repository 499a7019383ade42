import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tokenOf } from '../server/token.js';
import { CHANNEL, USER } from './crowd-messages.js';
import { acceptedByWorker, type CrowdOptions } from './crowd-options.js';

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));
const PUBLISH_KEY = 'a publish key of this tool alone'.replaceAll(' ', '-');
const START_MS = 60_000;
const STOP_MS = 20_000;

/** The standalone server in workers. Only limits on connections and their rates differ from the defaults. */
export class CrowdServer {
  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
  ) {}

  static async start(options: CrowdOptions): Promise<CrowdServer> {
    const most = String(acceptedByWorker(options));
    const env = {
      ...process.env,
      SKREAVER_WS_WORKERS: String(options.workers),
      SKREAVER_WS_PORT: '0',
      SKREAVER_WS_HOST: '127.0.0.1',
      SKREAVER_WS_LOG_LEVEL: 'warn',
      SKREAVER_WS_API_KEYS: `${tokenOf(USER)}=${USER}`,
      SKREAVER_WS_PUBLISH_KEYS: PUBLISH_KEY,
      SKREAVER_WS_MAX_CONNECTIONS: most,
      SKREAVER_WS_MAX_SUBSCRIBERS_PER_CHANNEL: most,
      SKREAVER_WS_MAX_CONNECTIONS_PER_IP: most,
      SKREAVER_WS_CONNECT_RATE_PER_IP: '1000000',
      SKREAVER_WS_CONNECT_BURST_PER_IP: '1000000',
    };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    return new CrowdServer(child, await portOf(child));
  }

  get primary(): number {
    return this.process.pid ?? 0;
  }

  get workers(): number[] {
    const children = readFileSync(`/proc/${this.primary}/task/${this.primary}/children`, 'utf8');
    return children.trim().split(' ').map(Number);
  }

  async publish(data: unknown): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.port}/api/publish`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${PUBLISH_KEY}` },
      body: JSON.stringify({ channel: CHANNEL, data }),
    });
    if (!response.ok) throw new Error(`The publication was refused: ${await response.text()}`);
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGTERM');
    const force = setTimeout(() => process.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(force);
  }
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Open descriptors of a process, of which all but a few dozen are connections. */
export const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** The banner is printed once all workers listen. */
function portOf(child: ChildProcess): Promise<number> {
  let printed = '';
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`The server did not start:\n${printed}`)), START_MS).unref();
    child.once('exit', () => reject(new Error(`The server ended:\n${printed}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      if (printed.length < 10_000) printed += chunk.toString();
      const [, port] = /ws:\/\/127\.0\.0\.1:(\d+)\/ws\n/.exec(printed) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
