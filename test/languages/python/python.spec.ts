import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunningProcess } from '../../support/running-process.js';
import { Lab } from './lab.js';

const PACKAGE = join(import.meta.dirname, '../../../clients/python');
const BIN = join(import.meta.dirname, '../../../node_modules/.cache/languages/venv/bin');
const PATIENCE_MS = 170_000;

/** Runs a program in the package; what it prints is in the failure. @returns the last line that it prints */
async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const place = { cwd: PACKAGE, ownGroup: true };
  const child = new RunningProcess(program, args, { ...process.env, ...env }, onTestFinished, place);
  const code = await child.exited;
  expect(code, `${program} ${args.join(' ')}\n${child.printed}`).toBe(0);
  return child.printed.trimEnd().split('\n').at(-1) ?? '';
}

const tool = (name: string, ...args: readonly string[]): Promise<string> => run(join(BIN, name), args);

describe('the Python client', () => {
  it('is formatted, and has no fault that ruff finds', async () => {
    await tool('ruff', 'format', '--check', '.');
    await tool('ruff', 'check', '.');
  });

  it('is typed, by mypy --strict', () => tool('mypy', '--strict', 'src', 'tests'), PATIENCE_MS);

  it(
    'builds a wheel that a fresh environment installs and types',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'skreaver-ws-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      await tool('pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', folder, '.');
      const [wheel = ''] = readdirSync(folder);
      await tool('python', '-m', 'venv', join(folder, 'venv'));
      await run(join(folder, 'venv/bin/pip'), ['install', '--quiet', join(folder, wheel)]);
      const look =
        'import skreaver_ws, pathlib; print((pathlib.Path(skreaver_ws.__file__).parent / "py.typed").is_file())';
      expect(await run(join(folder, 'venv/bin/python'), ['-c', look])).toBe('True');
    },
    PATIENCE_MS,
  );

  it(
    'passes its tests against real servers, through proxies that cut',
    async () => {
      const args = process.env['PYTEST_ARGS']?.split(' ') ?? [];
      const summary = await run(join(BIN, 'pytest'), args, { SKREAVER_LAB: await Lab.start(onTestFinished) });
      console.info(summary);
      expect(summary).toMatch(/\d+ passed/);
    },
    PATIENCE_MS,
  );
});
