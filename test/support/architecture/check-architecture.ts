import { importCycles, type Edge } from './import-cycles.js';
import { judgeImport } from './import-rules.js';
import { parseSource, type ParsedSource, type SourceText } from './parse-source.js';
import { resolveImport, type ImportTarget } from './resolve-import.js';
import { JSON_READERS, isSpec, roomOf, subRoomOf, workspaceOf } from './rooms.js';
import type { Violation } from './violation.js';

interface ResolvedImport {
  readonly file: string;
  readonly line: number;
  readonly target: ImportTarget | undefined;
}

/** Every rule of the house that these files break, by file and line. */
export function checkArchitecture(files: readonly SourceText[]): Violation[] {
  const paths = new Set(files.map(({ path }) => path));
  const sources = files.map((file) => parseSource(file));
  const imports = sources.flatMap((source) => resolved(source, paths));
  return [
    ...unknownRooms(sources),
    ...imports.flatMap((each) => refusedImport(each)),
    ...cycles(imports),
    ...sources.flatMap((source) => starExports(source)),
    ...sources.flatMap((source) => jsonParses(source)),
  ].toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function resolved({ path, imports }: ParsedSource, paths: ReadonlySet<string>): ResolvedImport[] {
  return imports.map(({ specifier, line }) => ({
    file: path,
    line,
    target: specifier === undefined ? undefined : resolveImport(path, specifier, paths),
  }));
}

function unknownRooms(sources: readonly ParsedSource[]): Violation[] {
  const firstFiles = new Map<string, string>();
  for (const { path } of sources) {
    const outside = workspaceOf(path) === 'src' && (!roomOf(path) || isLost(path));
    const place = path
      .split('/')
      .slice(0, roomOf(path) ? 3 : 2)
      .join('/');
    if (outside && !firstFiles.has(place)) firstFiles.set(place, path);
  }
  return [...firstFiles].map(([place, file]) => ({
    file,
    line: 1,
    problem: `stands in ${place}, which is no room`,
    remedy: 'add it to the table in test/support/architecture/rooms.ts, or move it into the room of its user',
  }));
}

/** A file of a divided room that stands in none of its sub-rooms; its index and its providers belong to all of them. */
function isLost(path: string): boolean {
  return subRoomOf(path) === 'loose' && !isSpec(path) && !/\/(?:index|[a-z-]+\.providers)\.ts$/.test(path);
}

function refusedImport({ file, line, target }: ResolvedImport): Violation[] {
  if (target === undefined) return isSpec(file) ? [] : [computedImport(file, line)];
  const refusal = judgeImport(file, target);
  return refusal ? [{ file, line, ...refusal }] : [];
}

function computedImport(file: string, line: number): Violation {
  return {
    file,
    line,
    problem: 'imports a computed name',
    remedy: 'name it in a string, so that the order can be checked',
  };
}

function cycles(imports: readonly ResolvedImport[]): Violation[] {
  const edges = imports.flatMap(({ file, line, target }): Edge[] =>
    target?.kind === 'file' && sameRoom(file, target.path) ? [{ from: file, to: target.path, line }] : [],
  );
  return importCycles(edges).map(({ edge, files }) => ({
    file: edge.from,
    line: edge.line,
    problem: `closes an import cycle, ${[...files, edge.to].join(' → ')}`,
    remedy: 'move what both need into a file of its own',
  }));
}

/** An app is no room of the table, but cycles are as bad there. */
function sameRoom(a: string, b: string): boolean {
  return (roomOf(a)?.name ?? workspaceOf(a)) === (roomOf(b)?.name ?? workspaceOf(b));
}

function starExports({ path, starExports: lines }: ParsedSource): Violation[] {
  return lines.map((line) => ({
    file: path,
    line,
    problem: 'exports everything of a file',
    remedy: 'list the names, so that an index says what its room offers',
  }));
}

function jsonParses({ path, jsonParses: lines }: ParsedSource): Violation[] {
  const room = roomOf(path)?.name ?? workspaceOf(path);
  const banned = workspaceOf(path) === 'src' && !JSON_READERS.has(room) && !isSpec(path);
  return (banned ? lines : []).map((line) => ({
    file: path,
    line,
    problem: 'uses JSON.parse',
    remedy:
      'what comes from the wire is read by the decoders of @skreaver/protocol, within its limits, and by nothing else',
  }));
}
