import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { freePort } from './free-port.js';

const MAIN = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url));

/** The standalone server in a process whose stdout the test chooses; it is reached by its port, as it may not be able to print. */
export class ServerProcess {
  stderr = '';
  readonly exited: Promise<number | null>;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    child.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    this.exited = once(child, 'exit').then(([code]) => code as number | null);
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  /** @param stdout a file descriptor, or `ignore` */
  static async start(stdout: number | 'ignore', env: Record<string, string> = {}): Promise<ServerProcess> {
    return ServerProcess.run(process.execPath, [MAIN], ['ignore', stdout, 'pipe'], env);
  }

  /** @param script of sh, in which `"$@"` starts the server */
  static async startBy(script: string, env: Record<string, string> = {}): Promise<ServerProcess> {
    const args = ['-c', script, 'sh', process.execPath, MAIN];
    return ServerProcess.run('sh', args, ['ignore', 'ignore', 'pipe'], env);
  }

  private static async run(
    command: string,
    args: readonly string[],
    stdio: StdioOptions,
    env: Record<string, string>,
  ): Promise<ServerProcess> {
    const { PATH = '' } = process.env;
    const port = await freePort();
    const child = spawn(command, args, { env: { PATH, SKREAVER_WS_PORT: String(port), ...env }, stdio });
    const server = new ServerProcess(child, port);
    await vi.waitUntil(() => server.isLive(), { timeout: 20_000, interval: 50 });
    return server;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers: { connection: 'close' } });
  }

  async metric(name: string): Promise<number> {
    const page = await (await this.get('/metrics')).text();
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(page)?.[1]);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  private async isLive(): Promise<boolean> {
    if (this.child.exitCode !== null) throw new Error(`The server ended:\n${this.stderr}`);
    return this.get('/health/live').then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
