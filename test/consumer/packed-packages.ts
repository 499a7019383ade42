import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject, vi } from 'vitest';
import { withoutNpm } from './without-npm.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = [
  '.',
  ...['protocol', 'ordered-locks', 'redis', 'workers', 'client', 'react'].map((name) => `libs/${name}`),
];
/** Packages that are installed by themselves, and by no application. */
const PROGRAMS = ['apps/server'];
/** Eight packages, on a machine that does other things besides. */
const PACK_MS = 120_000;

/**
 * Packs what is published, as `npm publish` would: the first test file of a run that asks does it, the others wait.
 * @param packages their folders; default: all that applications import
 * @returns the paths of their archives
 */
export async function packPackages(packages: readonly string[] = PACKAGES): Promise<string[]> {
  const folder = inject('packingFolder');
  const list = join(folder, 'archives.json');
  const lock = join(folder, 'packing');
  await vi.waitUntil(() => existsSync(list) || tryToPack(folder, list, lock), { timeout: PACK_MS, interval: 100 });
  const archives = new Map(JSON.parse(readFileSync(list, 'utf8')) as [string, string][]);
  return packages.map((path) => archives.get(path) as string);
}

async function tryToPack(folder: string, list: string, lock: string): Promise<boolean> {
  try {
    mkdirSync(lock);
  } catch {
    return false;
  }
  try {
    const archives = await Promise.all([...PACKAGES, ...PROGRAMS].map(packInto(folder)));
    writeFileSync(`${list}.part`, JSON.stringify(archives));
    renameSync(`${list}.part`, list);
    return true;
  } catch (error) {
    rmSync(lock, { recursive: true });
    throw error;
  }
}

const packInto =
  (folder: string) =>
  async (path: string): Promise<[string, string]> => {
    const cwd = join(ROOT, path);
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd, env: withoutNpm() });
    return [path, join(folder, stdout.trim())];
  };
