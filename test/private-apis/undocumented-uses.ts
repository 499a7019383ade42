const COMMENTS = /\/\*[^]*?\*\/|(?<![:'"`])\/\/.*$/gm;
/** `socket._handle`, `readonly _handle`, `{ _handle`: a leading underscore marks a private member in ws and in Node. */
const UNDERSCORED = /(?:\.|\breadonly |\{ )(_[a-zA-Z]\w*)/g;
/** An import of one file of a package instead of the package; our own packages have subpaths. */
const DEEP_IMPORT =
  /^import (?:type )?(?:\{([^}]+)\}|(?:\* as )?(\w+)) from '(?!node:|@skreaver\/)(?:@[^/']+\/[^/']+|[^@.'/][^/']*)\/[^']+'/gm;
const DOUBLE_CAST = 'as unknown as';

/** The private members, the names from files of a package, and the casts past a type, of a source text. */
export function undocumentedUses(source: string): string[] {
  const code = source.replace(COMMENTS, '');
  const members = [...code.matchAll(UNDERSCORED)].map(([, member = '']) => member);
  const imported = [...code.matchAll(DEEP_IMPORT)].flatMap(([, list, name = '']) =>
    list === undefined ? [name] : list.split(',').map(nameOf).filter(Boolean),
  );
  return [...new Set([...members, ...imported, ...(code.includes(DOUBLE_CAST) ? [DOUBLE_CAST] : [])])];
}

/** The name in the package of `type X`, `X as Y` and `X`. */
const nameOf = (entry: string): string => /^\s*(?:type )?(\w*)/.exec(entry)?.[1] ?? '';

/** A row of docs/private-apis.md. */
export interface Listed {
  readonly surface: string;
  readonly files: readonly string[];
}

/** Returns a sentence for each use that no row of the page lists for its file. */
export function unlistedUses(file: string, source: string, rows: readonly Listed[], page: string): string[] {
  const surfaces = rows.filter(({ files }) => files.includes(file)).map(({ surface }) => surface.toLowerCase());
  const isListed = (use: string): boolean =>
    use === DOUBLE_CAST ? surfaces.length > 0 : surfaces.some((surface) => surface.includes(use.toLowerCase()));
  return undocumentedUses(source)
    .filter((use) => !isListed(use))
    .map(
      (use) => `${file} uses \`${use}\`, which ${page} does not list: check it in test/private-apis/ and add a row.`,
    );
}
