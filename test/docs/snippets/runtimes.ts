import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browse } from '../../compression/browser.js';
import { RunningProcess } from '../../support/running-process.js';

const ROOT = join(import.meta.dirname, '../../..');
const USE_WS = pathToFileURL(join(ROOT, 'test/guide/use-ws.mjs')).href;

/** How a script is run, and the page that has it is shown. */
export type Run = (script: string, page: string) => void;

/** Installed by `test/support/prepare.mjs`. */
function nodeBinary(major: number): string {
  const path = join(ROOT, `node_modules/.cache/nodes/${major}/node_modules/node/bin/node`);
  if (!existsSync(path)) throw new Error(`Node ${major} is not here; run \`node test/support/prepare.mjs\` first.`);
  return path;
}

/** What the guide's clients run in. Node 20 has no WebSocket of its own, and takes that of `ws`. */
export const runtimes: Readonly<Record<string, Run>> = {
  'Node 20 with ws': (script) => void new RunningProcess(process.execPath, ['--import', USE_WS, '--eval', script]),
  'Node 22': (script) => void new RunningProcess(nodeBinary(22), ['--eval', script]),
  'Node 24': (script) => void new RunningProcess(nodeBinary(24), ['--eval', script]),
  Chromium: (_script, page) => void browse('Chromium', page),
  Firefox: (_script, page) => void browse('Firefox', page),
};
