import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.js';

/** Another engine or version may take its place: `REDIS_SERVER=/path/to/valkey-server`. */
const REDIS = process.env.REDIS_SERVER ?? '/usr/bin/redis-server';
const START_MS = 30_000;

/** A Redis of the test, on a port and in a folder of its own. Ended, by its own id, when the test ends, or by `atEnd`. */
export class RedisServer {
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly settings: readonly string[],
  ) {}

  /** @param settings as on the command line of Redis: `['--maxmemory', '2mb']` */
  static async start(
    settings: readonly string[] = [],
    atEnd: (end: () => Promise<void>) => void = onTestFinished,
  ): Promise<RedisServer> {
    const redis = new RedisServer(await freePort(), mkdtempSync(join(tmpdir(), 'redis-')), settings);
    atEnd(() => redis.remove());
    await redis.run();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /**
   * A Sentinel that watches the Redis on a port under a name, and decides alone.
   * @param settings lines of its configuration beside
   */
  static async sentinelOf(
    port: number,
    name: string,
    { host = '127.0.0.1', settings = [] }: { readonly host?: string; readonly settings?: readonly string[] } = {},
  ): Promise<RedisServer> {
    const sentinel = new RedisServer(await freePort(), mkdtempSync(join(tmpdir(), 'redis-')), []);
    onTestFinished(() => sentinel.remove());
    const watched = [
      `monitor ${name} ${host} ${port} 1`,
      `down-after-milliseconds ${name} 1000`,
      `failover-timeout ${name} 5000`,
    ];
    const file = join(sentinel.folder, 'sentinel.conf');
    writeFileSync(
      file,
      [
        `port ${sentinel.port}`,
        `dir ${sentinel.folder}`,
        ...settings,
        ...watched.map((line) => `sentinel ${line}`),
      ].join('\n'),
    );
    await sentinel.spawn([file, '--sentinel']);
    return sentinel;
  }

  /** A replica of the Redis on a port, which has all that it has now. Started again, it is a primary. */
  static async replicaOf(port: number, settings: readonly string[] = [], host = '127.0.0.1'): Promise<RedisServer> {
    const replica = await RedisServer.start(settings);
    await replica.send('REPLICAOF', host, `${port}`);
    await until(async () => (await replica.send('INFO', 'replication')).includes('master_link_status:up'));
    return replica;
  }

  /** Starts it again, with the data that it has saved. */
  async run(): Promise<void> {
    const place = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.folder, '--save', ''];
    await this.spawn([...place, '--repl-diskless-sync-delay', '0', ...this.settings]);
  }

  /** Kills it: nothing is saved that was not saved before. */
  async kill(): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  }

  /** Deletes what it has saved. */
  forget(): void {
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name), { recursive: true });
  }

  /** Stops the process, and lets it go on: as a machine does that swaps or is moved. */
  pause(): void {
    this.process?.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.kill('SIGCONT');
  }

  /** Sends a command of words without spaces. @returns the reply as it came */
  async send(...words: readonly string[]): Promise<string> {
    const socket = createConnection(this.port, '127.0.0.1');
    socket.end(`${words.join(' ')}\r\n`);
    let reply = '';
    for await (const chunk of socket) reply += String(chunk);
    return reply;
  }

  private async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async spawn(args: readonly string[]): Promise<void> {
    const child = spawn(REDIS, args, { stdio: 'ignore' });
    this.process = child;
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
    await Promise.race([this.answers(), failed]);
  }

  /** Whether it answers at all: it may ask for a password. */
  private async answers(): Promise<void> {
    await until(async () => /^(?:\+PONG|-NOAUTH)/.test(await this.send('PING').catch(() => '')));
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + START_MS; !(await holds());) {
    if (performance.now() > end) throw new Error('Redis is not ready.');
    await delay(20);
  }
}
