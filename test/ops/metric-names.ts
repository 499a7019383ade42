import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { MAIN } from '../e2e/test-server.js';

/**
 * The names of all series in `/metrics` of the standalone server, alone and in two workers, also of those that have no
 * value yet.
 */
export async function metricNamesOfServer(): Promise<ReadonlySet<string>> {
  const names = await Promise.all(['1', '2'].map(namesWith));
  return new Set(names.flatMap((each) => [...each]));
}

async function namesWith(workers: string): Promise<ReadonlySet<string>> {
  const { PATH = '' } = process.env;
  const env = { PATH, SKREAVER_WS_PORT: '0', SKREAVER_WS_WORKERS: workers };
  const server = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'close');
  try {
    return seriesOf(await (await fetch(`http://127.0.0.1:${await portOf(server.stdout)}/metrics`)).text());
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

async function portOf(stdout: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface(stdout)) {
    const port = /ws:\/\/[^/]+:(\d+)\//.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('The server did not start.');
}

function seriesOf(page: string): ReadonlySet<string> {
  const types = [...page.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  const suffixes = (type = ''): string[] => (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']);
  return new Set(types.flatMap(([, name = '', type]) => suffixes(type).map((suffix) => name + suffix)));
}

/** Whatever could be the name of a series in an expression: the words that are no function, keyword, label or text. */
export function namesIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right) \([^)]*\)/g, '');
  const words = bare.matchAll(/\b[a-z_:][\w:]*\b(?!\s*\()/g);
  const keywords = new Set(['and', 'or', 'unless', 'offset']);
  return [...words].map(([word]) => word).filter((word) => !keywords.has(word) && !/^\d/.test(word));
}
