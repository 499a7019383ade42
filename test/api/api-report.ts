import { dirname, relative } from 'node:path';
import ts from 'typescript';

/** Names that a package exports again from another package of this repository, whose own report shows them. */
export interface ReportedPackage {
  readonly name: string;
  readonly entry: string;
}

/** Compiles the entry files of the packages once. The declarations of all are read from this program. */
export function apiProgram(entries: readonly string[], configFile: string): ts.Program {
  const { config } = ts.readConfigFile(configFile, (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, files: entries, include: [] },
    ts.sys,
    dirname(configFile),
  );
  return ts.createProgram([...entries], {
    ...options,
    noEmit: false,
    allowImportingTsExtensions: false,
    declaration: true,
    emitDeclarationOnly: true,
    sourceMap: false,
    removeComments: false,
  });
}

/**
 * Writes the public declarations of a package as Markdown: one block for each export, sorted by name, without comments,
 * private members, and the constructors of decorated classes, which Nest alone calls.
 */
export function apiReport(program: ts.Program, self: ReportedPackage, others: readonly ReportedPackage[]): string {
  const checker = program.getTypeChecker();
  const entry = program.getSourceFile(self.entry);
  const module = entry && checker.getSymbolAtLocation(entry);
  if (module === undefined) throw new Error(`${self.entry} is not a module of this program.`);
  const declarations = new Declarations(program);
  const blocks = checker
    .getExportsOfModule(module)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((exported) => {
      // oxlint-disable-next-line no-bitwise -- a flag of TypeScript
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      return `## ${exported.name}\n\n${blockOf(symbol, self, others, declarations)}\n`;
    });
  return `# ${self.name}\n\nWritten by \`npm run api:update\`.\n\n${blocks.join('\n')}`;
}

function blockOf(
  symbol: ts.Symbol,
  self: ReportedPackage,
  others: readonly ReportedPackage[],
  declarations: Declarations,
): string {
  const [first] = symbol.declarations ?? [];
  if (first === undefined) throw new Error(`${symbol.name} has no declaration.`);
  const { fileName } = first.getSourceFile();
  const owner = ownerOf(fileName, [self, ...others]);
  if (owner !== undefined && owner !== self) return `From \`${owner.name}\`.`;
  if (relative(dirname(self.entry), fileName).startsWith('..')) throw new Error(`${fileName} belongs to no package.`);
  const isDecorated = ts.isClassDeclaration(first) && (ts.getDecorators(first)?.length ?? 0) > 0;
  const isPublic = (member: ts.ClassElement) =>
    !isPrivate(member) && !(isDecorated && ts.isConstructorDeclaration(member));
  return `\`\`\`ts\n${declarations.textOf(fileName, symbol.name, isPublic)}\n\`\`\``;
}

/** A subpath has a folder inside that of its package. */
function ownerOf(fileName: string, packages: readonly ReportedPackage[]): ReportedPackage | undefined {
  return packages
    .filter(({ entry }) => fileName.startsWith(`${dirname(entry)}/`))
    .toSorted((a, b) => b.entry.length - a.entry.length)[0];
}

class Declarations {
  private readonly emitted = new Map<string, ts.SourceFile>();
  private readonly printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

  constructor(private readonly program: ts.Program) {}

  /** All declarations of a name in a file, such as the constant and the type of the same name. */
  textOf(fileName: string, name: string, isShown: (member: ts.ClassElement) => boolean): string {
    const file = this.emit(fileName);
    const found = file.statements.filter((statement) => declares(statement, name));
    if (found.length === 0) throw new Error(`${fileName} declares no ${name}.`);
    return found
      .map((statement) => this.printer.printNode(ts.EmitHint.Unspecified, withMembers(statement, isShown), file))
      .join('\n');
  }

  private emit(fileName: string): ts.SourceFile {
    let file = this.emitted.get(fileName);
    if (file === undefined) {
      let text = '';
      const write = (_path: string, content: string) => {
        text = content;
      };
      this.program.emit(this.program.getSourceFile(fileName), write, undefined, true);
      file = ts.createSourceFile(fileName.replace(/\.ts$/, '.d.ts'), text, ts.ScriptTarget.Latest, true);
      this.emitted.set(fileName, file);
    }
    return file;
  }
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some((declaration) => declaration.name.getText() === name);
  }
  return 'name' in statement && (statement as ts.DeclarationStatement).name?.getText() === name;
}

function withMembers(statement: ts.Statement, isShown: (member: ts.ClassElement) => boolean): ts.Statement {
  if (!ts.isClassDeclaration(statement)) return statement;
  const members = statement.members.filter((member) => isShown(member));
  const { modifiers, name, typeParameters, heritageClauses } = statement;
  return ts.factory.updateClassDeclaration(statement, modifiers, name, typeParameters, heritageClauses, members);
}

function isPrivate(member: ts.ClassElement): boolean {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return true;
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}
