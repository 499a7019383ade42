import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/languages');

interface Compiled {
  /** The folder beside this file with what pins the dependencies. */
  readonly language: 'rust' | 'go';
  readonly sourcePath: string;
  readonly source: string;
  readonly compiler: readonly [string, ...string[]];
  /** Below the folder that is compiled in. */
  readonly binary: string;
}

/** Compiles a client in a folder that keeps its dependencies compiled. @returns the path of the program */
export async function compile({ language, sourcePath, source, compiler, binary }: Compiled): Promise<string> {
  const folder = join(CACHE, language);
  cpSync(join(import.meta.dirname, language), folder, { recursive: true });
  mkdirSync(dirname(join(folder, sourcePath)), { recursive: true });
  writeFileSync(join(folder, sourcePath), source);
  const [command, ...args] = compiler;
  await run(command, args, { cwd: folder });
  return join(folder, binary);
}
