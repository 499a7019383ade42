import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixtureFaults } from '../types/fixture-faults.js';
import { apiProgram } from './api-report.js';

const root = join(import.meta.dirname, '../..');
const entries = [
  'src/index.ts',
  'src/terminus/index.ts',
  'src/testing/index.ts',
  'libs/redis/src/index.ts',
  'libs/workers/src/index.ts',
  'libs/client/src/index.ts',
  'libs/react/src/index.ts',
].map((entry) => join(root, entry));
const configFile = join(root, 'tsconfig.test.json');

/** Exports that need no example: tables of constants, a thrown error, the base of a port and plain data. */
const SELF_EXPLANATORY = [
  'Backplane',
  'CloseCode',
  'ConfigError',
  'ConnectionLostError',
  'MAX_USERS_TOLD_OF',
  'SKREAVER_WS_CONFIG',
  'SkreaverError',
  'SkreaverWsConfig',
  'SubscribeError',
  'WorkerStartError',
  'WsErrorCode',
  'WsMessageType',
  'environmentNames',
];

let examples: ReadonlyMap<string, string>;
let exportedValues: readonly string[];
let faults: ReadonlyMap<string, readonly string[]>;

beforeAll(() => {
  const program = apiProgram(entries, configFile);
  const exports = entries.flatMap((entry) => exportsOf(program, entry));
  exportedValues = exports.map(({ name }) => name);
  examples = new Map(
    exports
      .flatMap((symbol) =>
        [symbol, ...membersOf(symbol)].map((documented) => [nameOf(documented, symbol), documented] as const),
      )
      .flatMap(([name, documented]) =>
        codeOf(documented).map((code) => [join(import.meta.dirname, `${name}.ts`), code] as const),
      ),
  );
  faults = fixtureFaults(examples, configFile);
}, 180_000);

function exportsOf(program: ts.Program, entry: string): readonly ts.Symbol[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  return checker
    .getExportsOfModule(module as ts.Symbol)
    .map((symbol) => (isAlias(symbol) ? checker.getAliasedSymbol(symbol) : symbol))
    .filter(({ valueDeclaration }) => valueDeclaration !== undefined);
}

// oxlint-disable-next-line no-bitwise -- a flag of TypeScript
const isAlias = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.Alias) !== 0;

const membersOf = (symbol: ts.Symbol): readonly ts.Symbol[] => [
  ...(symbol.members?.values() ?? []),
  ...(symbol.exports?.values() ?? []),
];

const nameOf = (documented: ts.Symbol, owner: ts.Symbol): string =>
  documented === owner ? owner.name : `${owner.name}.${documented.name}`;

/** Read from the comment itself: TypeScript takes a decorator at the beginning of a line for a tag. */
function codeOf(symbol: ts.Symbol): readonly string[] {
  const comments = (symbol.declarations ?? []).flatMap((declaration) =>
    ts.getJSDocCommentsAndTags(declaration).filter((node) => ts.isJSDoc(node)),
  );
  return comments
    .map((comment) => comment.getText().replaceAll(/^ *\* ?/gm, ''))
    .filter((text) => text.includes('@example'))
    .map((text) => {
      const fenced = /@example\n```ts\n([^]*?\n)```\n/.exec(text);
      if (fenced?.[1] === undefined) throw new Error(`The example of ${symbol.name} is not one fenced block of ts.`);
      return fenced[1];
    });
}

describe('the examples of the public API', () => {
  it('stand on every export that is more than a constant or plain data', () => {
    const named = [...examples.keys()].map((file) => file.slice(import.meta.dirname.length + 1, -'.ts'.length));
    const without = exportedValues.filter((name) => !named.includes(name));
    expect(without.toSorted()).toEqual(SELF_EXPLANATORY);
  });

  it('compile as they stand', () => {
    expect(examples.size).toBeGreaterThanOrEqual(20);
    expect([...faults].filter(([, found]) => found.length > 0)).toEqual([]);
  });
});
