import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
}

const KNOWN = new Set(['apiVersion', 'kind', 'resources', 'components', 'patches']);

/**
 * The manifests of a folder, as `kubectl kustomize` renders them, of which Debian has no recent version. It knows the
 * fields of a kustomization that are used in deploy/, and rejects any other.
 */
export function render(folder: string, below: readonly Manifest[] = []): Manifest[] {
  const kustomization = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((field) => !KNOWN.has(field));
  if (unknown.length > 0) throw new Error(`${folder}: this test does not render ${unknown.join(', ')}`);
  const { resources = [], components = [], patches = [] } = kustomization;
  const own = resources.flatMap((path) => manifestsAt(join(folder, path)));
  const all = components.reduce<Manifest[]>((sum, path) => render(join(folder, path), sum), [...below, ...own]);
  return patches.flatMap(({ path }) => documentsIn(join(folder, path))).reduce(patched, all);
}

const manifestsAt = (path: string): Manifest[] => (statSync(path).isDirectory() ? render(path) : documentsIn(path));

function documentsIn(path: string): Manifest[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${dirname(path)}: ${document.errors.join(', ')}`);
    return document.toJS() as Manifest;
  });
}

function patched(manifests: Manifest[], patch: Manifest): Manifest[] {
  const isMeant = ({ kind, metadata }: Manifest): boolean =>
    kind === patch.kind && metadata.name === patch.metadata.name;
  if (!manifests.some(isMeant)) throw new Error(`A patch of ${patch.kind} ${patch.metadata.name} finds none.`);
  return manifests.map((manifest) => (isMeant(manifest) ? (merged(manifest, patch) as Manifest) : manifest));
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const named = (list: unknown): list is readonly { readonly name: string }[] =>
  Array.isArray(list) && list.length > 0 && list.every((item) => isFields(item) && typeof item['name'] === 'string');

/** A strategic merge: objects field by field, lists of named things by name, null removes. */
function merged(base: unknown, patch: unknown): unknown {
  if (isFields(base) && isFields(patch)) {
    const fields: Fields = { ...base };
    for (const [key, value] of Object.entries(patch)) {
      if (value === null) delete fields[key];
      else fields[key] = merged(base[key], value);
    }
    return fields;
  }
  if (!named(base) || !named(patch)) return patch;
  const names = new Set(base.map(({ name }) => name));
  return [
    ...patch.filter(({ name }) => !names.has(name)),
    ...base.map((item) => merged(item, patch.find(({ name }) => name === item.name) ?? {})),
  ];
}
