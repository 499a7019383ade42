import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { freePort } from '../../support/free-port.js';
import { RunningProcess } from '../../support/running-process.js';
import { type Change, shipped } from '../shipped-file.js';

/** Where a proxy of a test listens and what it leads to. */
export interface Place {
  readonly dir: string;
  readonly port: number;
  readonly adminPort: number;
  readonly backend: number;
}

/** A proxy for which deploy/proxies has a configuration. */
export interface ProxyKind {
  readonly name: string;
  readonly file: string;
  /** Puts it at another place. */
  place(place: Place): readonly Change[];
  /** Puts another server beside the first. */
  second(backend: number, other: number): Change;
  /** Makes it cut a WebSocket after this idle time; none if it never does. */
  readonly timeout?: (time: string) => Change;
  /** Makes it answer 410 to what it keeps inside, so that a reload can be seen. */
  readonly gone: Change;
  readonly command: string;
  start(config: string, dir: string): readonly string[];
  check(config: string): readonly string[];
  /** The signal, or the arguments of the command, that make it read its configuration again. */
  readonly reload: NodeJS.Signals | ((config: string, place: Place) => readonly string[]);
  readonly keepsWebSocketsAtReload: boolean;
}

/** A proxy in a process of its own, with the configuration that is shipped. */
export class Proxy {
  private constructor(
    private readonly kind: ProxyKind,
    private readonly place: Place,
    private readonly config: string,
    private readonly changes: readonly Change[],
    private readonly process: RunningProcess,
  ) {}

  static async start(kind: ProxyKind, backend: number, ...further: readonly Change[]): Promise<Proxy> {
    const dir = mkdtempSync(join(tmpdir(), `${kind.name}-`));
    const place = { dir, port: await freePort(), adminPort: await freePort(), backend };
    const config = join(dir, 'config');
    const changes = [...kind.place(place), ...further];
    writeFileSync(config, shipped(kind.file, ...changes));
    execFileSync(kind.command, kind.check(config), { stdio: 'pipe', env: Proxy.environment(dir) });
    const running = new RunningProcess(kind.command, kind.start(config, dir), Proxy.environment(dir));
    onTestFinished(async () => {
      await running.end();
      rmSync(dir, { recursive: true, force: true });
    });
    const proxy = new Proxy(kind, place, config, changes, running);
    await proxy.answers(404);
    return proxy;
  }

  get port(): number {
    return this.place.port;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers: { connection: 'close' } });
  }

  post(path: string, body: object): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: 'POST',
      headers: { connection: 'close', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Resolves when the proxy follows another configuration than before. */
  async reload(): Promise<void> {
    const { reload, command, file, gone } = this.kind;
    writeFileSync(this.config, shipped(file, ...this.changes, gone));
    if (typeof reload === 'string') this.process.signal(reload);
    else
      execFileSync(command, reload(this.config, this.place), { stdio: 'pipe', env: Proxy.environment(this.place.dir) });
    await this.answers(410);
  }

  private async answers(status: number): Promise<void> {
    const answer = async (): Promise<number | string> =>
      this.get('/elsewhere').then(
        (response) => response.status,
        () => this.process.printed,
      );
    await vi
      .waitUntil(async () => (await answer()) === status, { timeout: 15_000, interval: 20 })
      .catch(async () => {
        throw new Error(`${this.kind.name} answers ${await answer()}, not ${status}`);
      });
  }

  /** Caddy keeps its state in its home. */
  private static environment(dir: string): NodeJS.ProcessEnv {
    const { PATH = '' } = process.env;
    return { PATH, HOME: dir };
  }
}
