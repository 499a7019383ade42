import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browse } from '../../compression/browser.js';
import { nodeBinary } from '../../support/node-binary.js';
import { RunningProcess } from '../../support/running-process.js';

const ROOT = join(import.meta.dirname, '../../..');
const USE_WS = pathToFileURL(join(ROOT, 'test/guide/use-ws.mjs')).href;

/** How a script is run, and the page that has it is shown. */
export type Run = (script: string, page: string) => void;

/** What the guide's clients run in. Node 20 has no WebSocket of its own, and takes that of `ws`. */
export const runtimes: Readonly<Record<string, Run>> = {
  'Node 20 with ws': (script) => void new RunningProcess(process.execPath, ['--import', USE_WS, '--eval', script]),
  'Node 22': (script) => void new RunningProcess(nodeBinary(22), ['--eval', script]),
  'Node 24': (script) => void new RunningProcess(nodeBinary(24), ['--eval', script]),
  Chromium: (_script, page) => void browse('Chromium', page),
  Firefox: (_script, page) => void browse('Firefox', page),
};
