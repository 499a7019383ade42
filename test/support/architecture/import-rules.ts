import type { ImportTarget } from './resolve-import.js';
import {
  CLIENT_PACKAGE,
  ENGINES,
  ENGINE_PARTS,
  HOOKS,
  LIBRARIES,
  LIBRARY_ENTRIES,
  PROTOCOL_PACKAGE,
  ROOT_PACKAGE,
  isApplication,
  isSpec,
  roomOf,
  subRoomOf,
  workspaceOf,
  type Room,
} from './rooms.js';
import type { Violation } from './violation.js';

/** Why an import is refused, and what to do instead. */
export type Refusal = Pick<Violation, 'problem' | 'remedy'>;

/** The rule an import breaks; undefined when it keeps all of them. */
export function judgeImport(importer: string, target: ImportTarget): Refusal | undefined {
  if (target.kind === 'file') return judgeFile(importer, target.path);
  if (target.kind === 'own package') return judgePackage(importer, target.name, target.subpath);
  const workspace = workspaceOf(importer);
  if (!(workspace in LIBRARIES) || isSpec(importer)) return undefined;
  return {
    problem: `imports ${target.name}`,
    remedy: `${workspace} runs in browsers and has no dependencies, not even of Node; write it here or do it elsewhere`,
  };
}

function judgeFile(importer: string, target: string): Refusal | undefined {
  if (isSpec(target) || workspaceOf(target) === 'test') return judgeTestCode(importer, target);
  if (workspaceOf(importer) !== workspaceOf(target)) return byPath(importer, target);
  const [from, to] = [roomOf(importer), roomOf(target)];
  if (!from || !to) return undefined;
  return from === to ? judgeOwnRoom(importer, target, to) : judgeOtherRoom(importer, target, from, to);
}

function judgeTestCode(importer: string, target: string): Refusal | undefined {
  if (isSpec(importer) && target.startsWith('test/support/')) return undefined;
  return {
    problem: `imports test code, ${target}`,
    remedy: 'only specs do, and only from test/support; move what is needed into a source file or into test/support',
  };
}

function byPath(importer: string, target: string): Refusal {
  const [from, to] = [workspaceOf(importer), workspaceOf(target)];
  const problem = `imports ${target} by its path`;
  const library = LIBRARIES[to];
  if (library !== undefined) return { problem, remedy: `import it by name, '${library}'` };
  if (isApplication(from)) {
    return {
      problem,
      remedy: to === 'src' ? `import '${ROOT_PACKAGE}' as its users do` : 'import the package by name',
    };
  }
  return { problem, remedy: `${from} stands before ${to} and knows nothing of it; pass in what it needs` };
}

function judgeOwnRoom(importer: string, target: string, room: Room): Refusal | undefined {
  if (isSpec(importer) || importer === room.entry) return undefined;
  if (target !== room.entry) return judgeSubRooms(importer, target);
  return {
    problem: `imports the index of its own room, ${target}`,
    remedy: 'an index is for those outside; import the file that has it',
  };
}

function judgeSubRooms(importer: string, target: string): Refusal | undefined {
  const [from, to] = [subRoomOf(importer), subRoomOf(target)];
  if (from === undefined || to === undefined || from === 'loose') return undefined;
  if (to === 'loose') {
    return {
      problem: `imports ${target}, which stands outside of the sub-rooms`,
      remedy: 'move it into the sub-room of its user',
    };
  }
  if (to.row < from.row || to.name === from.name) return undefined;
  const relation = to.row === from.row ? 'shares a row with' : 'comes after';
  return {
    problem: `imports ${to.name}, which ${relation} ${from.name}`,
    remedy: 'move what both need to an earlier sub-room, or pass it in',
  };
}

function judgeOtherRoom(importer: string, target: string, from: Room, to: Room): Refusal | undefined {
  if (target !== to.entry) {
    return {
      problem: `enters ${to.name} past its index, by ${target}`,
      remedy: `import ${to.entry}, and export there what others may use`,
    };
  }
  if (to.row < from.row || isSpec(importer)) return undefined;
  if (to.row === from.row) {
    return {
      problem: `imports ${to.name}, which shares a row with ${from.name}`,
      remedy:
        'rooms of one row do not know each other; move the shared part to an earlier row, or join them in a later one',
    };
  }
  return {
    problem: `imports ${to.name}, which comes after ${from.name}`,
    remedy: `move what is needed to ${from.name} or before it, or have ${to.name} pass it in`,
  };
}

function judgePackage(importer: string, name: string, subpath: string): Refusal | undefined {
  const from = workspaceOf(importer);
  const full = subpath === '' ? name : `${name}/${subpath}`;
  const itself = from === 'src' ? ROOT_PACKAGE : LIBRARIES[from];
  if (name === itself) {
    return { problem: `imports its own package by name, '${full}'`, remedy: 'import the file that has it' };
  }
  const isLibrary = name === PROTOCOL_PACKAGE || (from === 'src' && Object.values(LIBRARIES).includes(name));
  if (isLibrary && !(from in LIBRARIES)) {
    if (subpath === '' || LIBRARY_ENTRIES.has(full)) return undefined;
    return { problem: `enters ${name} past its index, by '${full}'`, remedy: `import '${name}'` };
  }
  if (ENGINES.has(from) && (full === ROOT_PACKAGE || full === ENGINE_PARTS)) return undefined;
  if (from === HOOKS && full === CLIENT_PACKAGE) return undefined;
  if (isApplication(from)) return judgeUse(from, name, full);
  return {
    problem: `imports '${full}'`,
    remedy: `of this repository's packages ${from} may import '${PROTOCOL_PACKAGE}' only; pass in what it needs`,
  };
}

const EXAMPLE_ENTRIES: ReadonlySet<string> = new Set([ROOT_PACKAGE, `${ROOT_PACKAGE}/testing`]);

/** An example shows what a package offers to everyone. */
function judgeUse(from: string, name: string, full: string): Refusal | undefined {
  if (!from.startsWith('examples/') || EXAMPLE_ENTRIES.has(full)) return undefined;
  const remedy = `import '${ROOT_PACKAGE}' or '${PROTOCOL_PACKAGE}' alone, as its readers do`;
  return {
    problem: name === ROOT_PACKAGE ? `enters ${name} past its index, by '${full}'` : `imports '${full}'`,
    remedy,
  };
}
