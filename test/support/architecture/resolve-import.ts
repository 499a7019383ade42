import { posix } from 'node:path';
import { PACKAGE_SCOPE } from './rooms.js';

/** What an import names: a file of this repository, a package of it by name, or anything installed or built in. */
export type ImportTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'own package'; readonly name: string; readonly subpath: string }
  | { readonly kind: 'external'; readonly name: string };

export function resolveImport(importer: string, specifier: string, paths: ReadonlySet<string>): ImportTarget {
  if (specifier.startsWith('.')) return { kind: 'file', path: sourcePath(importer, specifier, paths) };
  if (!specifier.startsWith(PACKAGE_SCOPE)) return { kind: 'external', name: specifier };
  const [scope = '', name = '', ...subpath] = specifier.split('/');
  return { kind: 'own package', name: `${scope}/${name}`, subpath: subpath.join('/') };
}

/** Imports are written with the emitted `.js`; the file is a `.ts` or `.tsx`. */
function sourcePath(importer: string, specifier: string, paths: ReadonlySet<string>): string {
  const path = posix.join(posix.dirname(importer), specifier);
  const typed = path.replace(/\.js$/, '.ts');
  return paths.has(`${typed}x`) ? `${typed}x` : typed;
}
