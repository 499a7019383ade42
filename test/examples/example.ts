import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import { expect, onTestFinished, vi } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.js';
import { RunningProcess } from '../support/running-process.js';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** An example, run by the command of its README in a process of its own. */
export class Example {
  private constructor(
    private readonly npm: RunningProcess,
    private readonly pid: number,
    /** Where its page is. */
    readonly url: string,
  ) {}

  static async start(name: string): Promise<Example> {
    const [program = '', ...args] = commandsOf(name).at(-1)?.split(' ') ?? [];
    const npm = new RunningProcess(program, args, environment());
    const [, pid, url = ''] = await npm.prints(/\[Nest\] (\d+)\b.* Open (http:\S+)/);
    const example = new Example(npm, Number(pid), url);
    onTestFinished(() => example.kill());
    return example;
  }

  get ws(): string {
    return `${this.url.replace('http', 'ws')}/ws`;
  }

  /** @returns the body of the answer, parsed */
  async post(path: string, body: object): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  }

  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return this.npm.prints(pattern);
  }

  /**
   * Ends the server as a process manager does, while a socket is open that has sent nothing, as browsers open in advance.
   * @returns the exit code that npm passes on
   */
  async stop(): Promise<number | null> {
    await this.openSilentSocket();
    process.kill(this.pid, 'SIGTERM');
    await vi.waitUntil(() => !this.npm.isRunning, { timeout: 20_000 });
    return this.npm.end();
  }

  private async openSilentSocket(): Promise<void> {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
  }

  /** npm does not pass on signals to what its shell has started. */
  private kill(): void {
    if (this.npm.isRunning) process.kill(this.pid, 'SIGKILL');
  }
}

/** The first shell commands of an example's README. */
export function commandsOf(name: string): readonly string[] {
  const readme = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
  return /```sh\n(.+?)\n```/s.exec(readme)?.[1]?.split('\n') ?? [];
}

/** Opens an example in Chromium, each page with a profile of its own, as different people do. No script may throw there. */
export async function openPages(url: string, count: number): Promise<Page[]> {
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
  onTestFinished(() => browser.close());
  const pages = await Promise.all(Array.from({ length: count }, () => browser.newPage()));
  const errors: Error[] = [];
  onTestFinished(() => expect(errors).toEqual([]));
  for (const page of pages) page.on('pageerror', (error) => errors.push(error));
  await Promise.all(pages.map((page) => page.goto(url)));
  return pages;
}

/** Nothing of the test's own: neither the settings of its npm nor its NODE_ENV. */
function environment(): NodeJS.ProcessEnv {
  const { PATH = '', HOME } = process.env;
  const path = [dirname(process.execPath), PATH].join(delimiter);
  return { PATH: path, HOME, PORT: '0', NO_COLOR: '1', npm_config_update_notifier: 'false' };
}
