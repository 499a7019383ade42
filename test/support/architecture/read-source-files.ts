import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { SourceText } from './parse-source.js';

/** The TypeScript files of `src`, `benchmarks/src` and each workspace in `libs`, `apps` and `examples` under the root. */
export function readSourceFiles(root: string): SourceText[] {
  const workspaces = ['libs', 'apps', 'examples'].flatMap((group) =>
    folders(join(root, group)).map((folder) => join(folder, 'src')),
  );
  return [join(root, 'src'), join(root, 'benchmarks/src'), ...workspaces].flatMap((folder) =>
    typescriptFiles(folder).map((file) => ({
      path: relative(root, file).replaceAll(sep, '/'),
      text: readFileSync(file, 'utf8'),
    })),
  );
}

function folders(parent: string): string[] {
  if (!existsSync(parent)) return [];
  const entries = readdirSync(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(parent, name));
}

function typescriptFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(folder, name));
}
