/**
 * The order of the rooms: a room imports only from rows before its own, never from its own row. A room is a folder, entered
 * by its `index.ts`, or a single file. To add a room, write it into the row after the last one it imports.
 */
const ROWS: readonly (readonly string[])[] = [
  ['libs/protocol', 'libs/ordered-locks', 'src/node'],
  ['src/address', 'src/config', 'src/discovery', 'src/metrics', 'src/timers'],
  ['src/transport', 'src/backplane'],
  ['src/connection', 'src/clustering'],
  ['src/auth', 'src/throttling', 'src/channel'],
  ['src/delivery', 'src/hooks'],
  ['src/cluster', 'src/presence'],
  ['src/subscription'],
  ['src/request'],
  ['src/gateway'],
  ['src/terminus', 'src/testing'],
  ['src/skreaver-ws.options.ts'],
  ['src/skreaver-ws.module.ts'],
  ['src/index.ts'],
  ['libs/redis', 'libs/workers', 'libs/client'],
  ['libs/react'],
];

/**
 * The order of the sub-rooms of a room, by the same rule. Sub-rooms have no index of their own: they import each other's files.
 * Loose files of the room (its index, its providers) may import all of them and are imported by none.
 */
const SUB_ROOMS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'src/transport': [['inbound', 'outbound'], ['host'], ['socket'], ['upgrade']],
  'src/delivery': [['channel', 'event'], ['publish', 'recovery'], ['node']],
  'src/request': [['run'], ['streaming', 'validation'], ['dispatch'], ['built-in', 'description']],
};

/** Rooms that may parse JSON: the protocol reads the wire, the configuration what the operator wrote, never the wire. */
export const JSON_READERS: ReadonlySet<string> = new Set(['libs/protocol', 'src/config']);

/** The names by which one package of this repository imports another. */
export const PACKAGE_SCOPE = '@skreaver/';
export const PROTOCOL_PACKAGE = '@skreaver/protocol';
/** Libraries without dependencies, by their names: what everything else stands on. */
export const LIBRARIES: Readonly<Record<string, string>> = {
  'libs/protocol': PROTOCOL_PACKAGE,
  'libs/ordered-locks': '@skreaver/ordered-locks',
};
/** Further entries of the libraries, which have an index of their own. */
export const LIBRARY_ENTRIES: ReadonlySet<string> = new Set([`${PROTOCOL_PACKAGE}/msgpack`]);
/** Packages that connect the module to an engine. They use it like an application. */
export const ENGINES: ReadonlySet<string> = new Set(['libs/redis', 'libs/workers']);
/** What these have in common is an entry of the module's package. */
export const ENGINE_PARTS = '@skreaver/nestjs-ws/clustering';
/** Hooks for the client: whoever uses them has both. */
export const HOOKS = 'libs/react';
export const CLIENT_PACKAGE = '@skreaver/client';
export const ROOT_PACKAGE = '@skreaver/nestjs-ws';

export interface Room {
  readonly name: string;
  readonly row: number;
  /** The one file through which others come in. */
  readonly entry: string;
}

const ROOMS: readonly Room[] = ROWS.flatMap((names, row) => names.map((name) => ({ name, row, entry: entryOf(name) })));

function entryOf(room: string): string {
  if (room.endsWith('.ts')) return room;
  return room.startsWith('libs/') ? `${room}/src/index.ts` : `${room}/index.ts`;
}

/** The room a file belongs to, a spec to that of the file beside it; undefined for a file outside the table. */
export function roomOf(path: string): Room | undefined {
  const file = path.replace(/\.spec\.ts$/, '.ts');
  return ROOMS.find(({ name }) => file === name || file.startsWith(`${name}/`));
}

export interface SubRoom {
  readonly name: string;
  readonly row: number;
}

/** The sub-room that a file of a divided room stands in; `loose` for its index and providers; undefined in an undivided room. */
export function subRoomOf(path: string): SubRoom | 'loose' | undefined {
  const room = roomOf(path)?.name ?? '';
  const rows = SUB_ROOMS[room];
  if (rows === undefined) return undefined;
  const folder = path.slice(room.length + 1).split('/', 1)[0] as string;
  const row = rows.findIndex((names) => names.includes(folder));
  return row < 0 ? 'loose' : { name: `${room}/${folder}`, row };
}

/** The workspace a file belongs to: `src`, `libs/protocol`, `apps/server`, `examples/chat-room`, `benchmarks`, `test`, … */
export function workspaceOf(path: string): string {
  return /^(?:libs|apps|examples)\/[^/]+/.exec(path)?.[0] ?? path.split('/', 1)[0] ?? path;
}

/** An app, an example and the benchmarks use the packages like every other application. */
export function isApplication(workspace: string): boolean {
  return workspace.startsWith('apps/') || workspace.startsWith('examples/') || workspace === 'benchmarks';
}

export function isSpec(path: string): boolean {
  return path.endsWith('.spec.ts') || path.endsWith('.spec.tsx');
}
