import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { browse } from '../../compression/browser.js';
import { nodeBinary } from '../../support/node-binary.js';
import { RunningProcess } from '../../support/running-process.js';
import { runtimeBinary } from '../../support/runtime-binary.js';
import type { Addresses } from './scenario.js';
import type { ScenarioServer } from './scenario-server.js';

const USE_WS = pathToFileURL(join(import.meta.dirname, '../../guide/use-ws.mjs')).href;

/** Starts a process that plays the scenario against a server. It ends with the test. */
type Runtime = (server: ScenarioServer) => Promise<RunningProcess>;

/** The scenario and the client as one module. */
export async function scenarioScript(addresses: Addresses, entry = 'play'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, `${entry}.ts`)],
    define: { ADDRESSES: JSON.stringify(addresses) },
    conditions: ['@skreaver/source'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** A runtime that takes a file. @param run its command line, by the path of the file */
const byFile =
  (run: (path: string) => readonly [command: string, ...args: string[]], entry?: string): Runtime =>
  async ({ addresses }) => {
    const folder = temporaryFolder();
    const path = join(folder, 'scenario.mjs');
    writeFileSync(path, await scenarioScript(addresses, entry));
    return start(folder, ...run(path));
  };

/** Its own test runner plays: it waits for the handler, and may reach this machine. */
const workerd: Runtime = async ({ addresses }) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'worker.mjs'), await scenarioScript(addresses, 'play-in-worker'));
  writeFileSync(join(folder, 'config.capnp'), WORKERD_CONFIG);
  return start(folder, runtimeBinary('workerd'), 'test', join(folder, 'config.capnp'));
};

const WORKERD_CONFIG = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-01-01",
);
`;

export const runtimes: Readonly<Record<string, Runtime>> = {
  Chromium: async ({ app }) => browse('Chromium', app.httpUrl),
  Firefox: async ({ app }) => browse('Firefox', app.httpUrl),
  'Node 20 with ws': byFile((path) => [process.execPath, '--import', USE_WS, path]),
  'Node 22': byFile((path) => [nodeBinary(22), path]),
  'Node 24': byFile((path) => [nodeBinary(24), path]),
  Deno: byFile((path) => [runtimeBinary('deno'), 'run', '--no-config', '--allow-net', path]),
  Bun: byFile((path) => [runtimeBinary('bun'), path]),
  workerd,
  "the shape of React Native's WebSocket": byFile((path) => [nodeBinary(22), path], 'play-like-react-native'),
};

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-runtime-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function start(folder: string, command: string, ...args: string[]): RunningProcess {
  // Nothing of the machine's own: neither settings nor caches.
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: folder, DENO_NO_UPDATE_CHECK: '1' };
  return new RunningProcess(command, args, env, onTestFinished, { cwd: folder });
}
