'use strict';

const { posix } = require('node:path');
const { codeOf, insert, insertFirst, ownKeys } = require('./code.cjs');

const REGISTRATION = 'SkreaverWsModule.forRoot()';
const importLine = (quote) => `import { SkreaverWsModule } from ${quote}@skreaver/nestjs-ws${quote};`;

/** Follows main.ts to its root module. @returns the module's path and class; Nest's defaults if main.ts names none */
function findRootModule(mainSource, sourceRoot) {
  const [, className] = /\bNestFactory\.create\s*(?:<[^>]*>)?\(\s*(\w+)/.exec(codeOf(mainSource)) ?? [];
  const imported = new RegExp(`import\\s*\\{[^}]*\\b${className}\\b[^}]*\\}\\s*from\\s*['"](\\.[^'"]*)['"]`);
  const [, specifier = './app.module'] = imported.exec(mainSource) ?? [];
  return {
    className: className ?? 'AppModule',
    path: posix.join(sourceRoot, `${specifier.replace(/\.[jt]s$/, '')}.ts`),
  };
}

/** @returns the source with the module registered; undefined if the decorator's imports are not a plain list */
function register(source, className) {
  const registered = addToImports(source, className);
  return registered === undefined ? undefined : addImportLine(registered);
}

function isRegistered(source) {
  return /\bSkreaverWsModule\s*\.\s*forRoot/.test(codeOf(source));
}

function addToImports(source, className) {
  const code = codeOf(source);
  const open = openingBrace(code, className);
  if (open === undefined) return undefined;
  const keys = ownKeys(code, open);
  const list = /(?<!\w)imports\s*:\s*\[/.exec(keys);
  // A spread may bring imports of its own, which would replace these.
  if (keys.includes('...') || (!list && /\bimports\b/.test(keys))) return undefined;
  if (list) return insertFirst(source, open + list.index + list[0].length, REGISTRATION);
  return insertFirst(source, open + 1, `imports: [${REGISTRATION}]`);
}

/** Finds the `{` of `@Module({` above a class. */
function openingBrace(code, className) {
  const classAt = code.search(new RegExp(`\\bclass\\s+${className}\\b`));
  const decoratorAt = classAt < 0 ? -1 : code.lastIndexOf('@Module', classAt);
  const [head] = (decoratorAt >= 0 && /^@Module\s*\(\s*\{/.exec(code.slice(decoratorAt))) || [];
  return head === undefined ? undefined : decoratorAt + head.length - 1;
}

/** Adds the import below the first one, in the same quotes and line ends. */
function addImportLine(source) {
  const first = /^import\b[^;{\n]*(?:\{[^}]*\})?[^\n]*\n/m.exec(codeOf(source));
  const end = first ? first.index + first[0].length : 0;
  const quote = source.slice(0, end).includes('"') ? '"' : "'";
  return insert(source, end, `${importLine(quote)}${source.includes('\r\n') ? '\r\n' : '\n'}`);
}

module.exports = { REGISTRATION, findRootModule, importLine, isRegistered, register };
