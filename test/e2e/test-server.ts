import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

export const MAIN = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url));

/** The standalone server in a process of its own, on a free port. */
export class TestServer {
  stdout = '';
  stderr = '';
  readonly exited: Promise<number | null>;

  private constructor(private readonly process: ChildProcess) {
    process.stdout?.on('data', (chunk) => (this.stdout += String(chunk)));
    process.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    this.exited = once(process, 'close').then(([code]) => code as number | null);
    onTestFinished(() => void process.kill('SIGKILL'));
  }

  static around(process: ChildProcess): TestServer {
    return new TestServer(process);
  }

  static spawn(env: Record<string, string>): TestServer {
    const { PATH = '' } = process.env;
    return new TestServer(spawn(process.execPath, [MAIN], { env: { PATH, SKREAVER_WS_PORT: '0', ...env } }));
  }

  static async start(env: Record<string, string> = {}): Promise<TestServer> {
    const server = TestServer.spawn(env);
    await vi.waitUntil(() => server.stdout.includes('  Publish '), { timeout: 20_000 });
    return server;
  }

  get port(): number {
    return Number(/ws:\/\/[^/]+:(\d+)\//.exec(this.stdout)?.[1]);
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
  }

  /** A peer that sends these bytes and stays. */
  async connect(bytes: string): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  }

  /** What a peer gets that sends these bytes and nothing more, until it is cut off. */
  async answerTo(bytes: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1', () => socket.write(bytes));
    onTestFinished(() => void socket.destroy());
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await once(socket, 'close');
    return answer;
  }
}
