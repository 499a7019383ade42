import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.js';
import { Unavailable } from './unavailable.js';

const REDIS = 'redis-server';
const START_MS = 10_000;
const MICROS_PER_SECOND = 1e6;

/** A Redis of one contestant, which keeps nothing on disk. */
export class RedisEngine implements Engine {
  private constructor(
    private process: ChildProcess,
    private readonly port: number,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  get at(): { readonly redisUrl: string } {
    return { redisUrl: `redis://127.0.0.1:${this.port}` };
  }

  /**
   * Starts `redis-server` on a free port of 127.0.0.1.
   * @throws Unavailable where it is not installed
   */
  static async start(): Promise<RedisEngine> {
    const port = await freePort();
    const child = spawnAt(port);
    const missing = once(child, 'error').then(() => {
      throw new Unavailable('redis-server is not installed');
    });
    const version = await Promise.race([answerOf(port), missing]);
    return new RedisEngine(child, port, { redis: version });
  }

  /** @returns the CPU time of its main thread, which executes all commands, by its own account */
  async cpuMicros(): Promise<number> {
    const info = await infoOf(this.port, 'cpu');
    const seconds = [...info.matchAll(/^used_cpu_(?:sys|user)_main_thread:(\S+)/gm)].map(([, value]) => Number(value));
    return seconds.reduce((sum, value) => sum + value, 0) * MICROS_PER_SECOND;
  }

  /** @returns how often it has executed a command, also within scripts, since it was started */
  async callsOf(command: string): Promise<number> {
    const info = await infoOf(this.port, 'commandstats');
    return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  }

  /** Kills it, and starts it with nothing in it. Resolves when it answers. */
  async restart(): Promise<void> {
    await this.stop();
    this.process = spawnAt(this.port);
    await answerOf(this.port);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

const spawnAt = (port: number): ChildProcess =>
  spawn(REDIS, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'], { stdio: 'ignore' });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** @returns its version, as soon as it answers */
async function answerOf(port: number): Promise<string> {
  for (const end = performance.now() + START_MS; performance.now() < end; await delay(20)) {
    const info = await infoOf(port, 'server').catch(() => '');
    const version = /^redis_version:(\S+)/m.exec(info)?.[1];
    if (version !== undefined) return version;
  }
  throw new Error('Redis did not answer in time.');
}

async function infoOf(port: number, section: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(`INFO ${section}\r\n`);
  let reply = '';
  for await (const chunk of socket) reply += String(chunk);
  return reply;
}
