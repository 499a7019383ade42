import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RunningProcess } from '../support/running-process.js';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../apps/server/dist/main.js');
const WAIT_MS = 20_000;

/** The built server as `npm start` runs it, in its own process and on a free port. */
export interface StandaloneServer {
  readonly port: number;
  readonly process: RunningProcess;
  /** Publishes with `curl`, as another program does, until a subscriber is there to get it. */
  publish(channel: string, data: unknown): Promise<void>;
}

/** @param settings `SKREAVER_WS_…` variables; those of the machine are not passed on */
export async function startStandaloneServer(settings: Record<string, string> = {}): Promise<StandaloneServer> {
  if (!existsSync(MAIN)) throw new Error('The server is not built; run `npm run build` first.');
  const outer = Object.entries(process.env).filter(([name]) => !/^(SKREAVER_WS_|NODE_ENV$|PORT$)/.test(name));
  const env = { ...Object.fromEntries(outer), SKREAVER_WS_PORT: '0', ...settings };
  const server = new RunningProcess(process.execPath, [MAIN], env);
  const port = Number((await server.prints(/WebSocket +ws:\/\/[^/\s]+:(\d+)\/ws[^]*Publish/))[1]);
  const key = settings['SKREAVER_WS_PUBLISH_KEYS'];
  const publish = async (channel: string, data: unknown): Promise<void> => {
    const body = JSON.stringify({ channel, data });
    const headers = ['Content-Type: application/json', ...(key === undefined ? [] : [`Authorization: Bearer ${key}`])];
    const args = [...headers.flatMap((header) => ['-H', header]), '-d', body];
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const answer = await curl(`http://localhost:${port}/api/publish`, ...args);
      const { delivered } = JSON.parse(answer) as { delivered?: number };
      if (delivered === undefined) throw new Error(`/api/publish answered ${answer}`);
      if (delivered > 0) return;
      if (performance.now() > until) throw new Error(`Nobody has subscribed to ${channel} within ${WAIT_MS} ms`);
      await setTimeout(20);
    }
  };
  return { port, process: server, publish };
}

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await run('curl', ['--silent', '--show-error', '--max-time', '10', ...args]);
  return stdout;
}
