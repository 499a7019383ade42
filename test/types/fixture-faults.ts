import { dirname, resolve } from 'node:path';
import ts from 'typescript';

/** File name → text of a fixture. */
export type Fixtures = ReadonlyMap<string, string>;

interface Expectation {
  readonly line: number;
  readonly code: string;
}

const MARKER = /\/\/ must not compile: (TS\d+(?:, TS\d+)*)$/;

/**
 * Compiles the fixtures as one program, with the options of the tests, and says what is not as marked: a line that ends in
 * `// must not compile: TS2345` (or several codes) has to fail with exactly these codes, every other line has to compile.
 * An empty list for each fixture is the good answer.
 */
export function fixtureFaults(fixtures: Fixtures, configFile: string): ReadonlyMap<string, readonly string[]> {
  const options = compilerOptions(configFile);
  const program = ts.createProgram([...fixtures.keys()], options, hostWith(fixtures, options));
  return new Map([...fixtures].map(([file, text]) => [file, faultsOf(expectations(text), diagnostics(program, file))]));
}

function compilerOptions(configFile: string): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(configFile, (path) => ts.sys.readFile(path));
  if (error !== undefined) throw new Error(flatten(error.messageText));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(resolve(configFile)));
  return { ...options, noEmit: true };
}

function hostWith(fixtures: Fixtures, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (file) => fixtures.has(file) || host.fileExists(file),
    readFile: (file) => fixtures.get(file) ?? host.readFile(file),
    getSourceFile: (file, language) => {
      const text = fixtures.get(file);
      return text === undefined ? host.getSourceFile(file, language) : ts.createSourceFile(file, text, language);
    },
  };
}

function expectations(text: string): Expectation[] {
  return text.split('\n').flatMap((content, index) => {
    const codes = MARKER.exec(content.trimEnd())?.[1]?.split(', ') ?? [];
    return codes.map((code) => ({ line: index + 1, code }));
  });
}

interface Failure extends Expectation {
  readonly message: string;
}

function diagnostics(program: ts.Program, file: string): Failure[] {
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error(`${file} is not in the program`);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((each) => ({
    line: source.getLineAndCharacterOfPosition(each.start ?? 0).line + 1,
    code: `TS${each.code}`,
    message: flatten(each.messageText),
  }));
}

function faultsOf(expected: readonly Expectation[], failures: readonly Failure[]): string[] {
  const same = (a: Expectation) => (b: Expectation) => a.line === b.line && a.code === b.code;
  const compiles = expected.filter((each) => !failures.some(same(each)));
  const unmarked = failures.filter((each) => !expected.some(same(each)));
  return [
    ...compiles.map(({ line, code }) => `line ${line} is marked ${code}, but does not fail with it`),
    ...unmarked.map(({ line, code, message }) => `line ${line} fails unmarked with ${code}: ${message}`),
  ];
}

function flatten(message: string | ts.DiagnosticMessageChain): string {
  return ts.flattenDiagnosticMessageText(message, '\n');
}
